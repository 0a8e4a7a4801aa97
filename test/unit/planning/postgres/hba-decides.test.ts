import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstCandidate } from '../../../../planning/postgres/hba-match.js';
import { parseAddress } from '../../../../planning/postgres/address.js';
import { firstMatch, parseHba, withRunbookBlock } from '../../../../planning/postgres/hba.js';
import type { HbaConnection, HbaFiles } from '../../../../planning/postgres/hba.js';
import { attempt, type Attempt } from './hba-attempt.js';
import { loadableHba, ROLES, type LoadableHba } from './hba-loadable.js';
import { startTestCluster, type TestCluster } from './test-cluster.js';

/** More runs than a test run has time for: `HBA_RUNS=5000`. */
const RUNS = Number(process.env['HBA_RUNS'] ?? 60);

const interfaces = Object.values(networkInterfaces()).flatMap((list = []) =>
  list.flatMap(({ cidr }) => (cidr === null ? [] : [cidr])),
);

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
  for (const statement of [
    'CREATE ROLE repl LOGIN REPLICATION',
    'CREATE ROLE "Repl" LOGIN REPLICATION',
    'CREATE ROLE "a b" LOGIN REPLICATION',
    'CREATE ROLE crew ROLE repl',
    // Without a password of its own a role is asked for the kind that new ones get; only `md5` allows both.
    "ALTER SYSTEM SET password_encryption = 'md5'",
    "ALTER SYSTEM SET ssl_cert_file = '/etc/ssl/certs/ssl-cert-snakeoil.pem'",
    "ALTER SYSTEM SET ssl_key_file = '/etc/ssl/private/ssl-cert-snakeoil.key'",
    'ALTER SYSTEM SET ssl = on',
  ])
    await cluster.client.query(statement);
}, 30_000);
afterAll(() => cluster.remove());

/** Makes the server use these files; `undefined` where it refuses them. */
async function load({ text, files }: LoadableHba): Promise<HbaFiles | undefined> {
  const path = join(cluster.dataDirectory, 'pg_hba.conf');
  mkdirSync(join(cluster.dataDirectory, 'sub'), { recursive: true });
  for (const [name, content] of Object.entries({ ...files, 'pg_hba.conf': text }))
    writeFileSync(join(cluster.dataDirectory, name), content);
  const { rows: errors } = await cluster.client.query('SELECT 1 FROM pg_hba_file_rules WHERE type IS NULL');
  if (errors.length > 0) return undefined;
  const loadTime = async (): Promise<unknown> =>
    (await cluster.client.query<{ at: string }>('SELECT pg_conf_load_time()::text AS at')).rows[0]?.at;
  const before = await loadTime();
  await cluster.client.query('SELECT pg_reload_conf()');
  while ((await loadTime()) === before);
  const includes = Object.entries(files).map(([name, content]) => [join(dirname(path), name), content]);
  return { path, includes: Object.fromEntries(includes) as Record<string, string> };
}

const connection = fc.record({
  ssl: fc.boolean(),
  role: fc.constantFrom(...ROLES),
  address: fc.constantFrom('127.0.0.1', '127.3.0.9', '127.0.0.9', '127.200.1.2'),
});

it('what we say wins is what the server does', async () => {
  const seen = { decided: 0, perhaps: 0, none: 0 };
  const methods: Attempt[] = ['trust', 'reject', 'password', 'md5', 'scram-sha-256'];
  await fc.assert(
    fc.asyncProperty(
      loadableHba(methods),
      fc.array(connection, { minLength: 4, maxLength: 4 }),
      async (hba, clients) => {
        const files = await load(hba);
        if (files === undefined) return;
        const lines = parseHba(hba.text, cluster.majorVersion, files);
        for (const client of clients) {
          const asked: HbaConnection = { ...client, database: 'replication', interfaces };
          const decides = await attempt(cluster.client.port, client);
          const ours = firstMatch(lines, asked);
          if (ours === undefined) expect(decides).toBe('none');
          else if (ours !== 'unknown-before') expect(decides).toBe(ours.rule?.method);
          else {
            // Neither of the rules before the first that might match.
            const first = firstCandidate(lines, { ...client, address: readAddress(client.address) });
            const method = first?.line.rule?.method as Attempt;
            expect(['none', ...methods.slice(methods.indexOf(method))]).toContain(decides);
          }
          seen[ours === undefined ? 'none' : ours === 'unknown-before' ? 'perhaps' : 'decided'] += 1;
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(seen.decided).toBeGreaterThan(RUNS / 2);
  expect(seen.none).toBeGreaterThan(RUNS / 2);
  expect(seen.perhaps).toBeGreaterThan(0);
}, 600_000);

it('our line wins on the server, wherever it had to be put', async () => {
  let won = 0;
  await fc.assert(
    fc.asyncProperty(
      loadableHba(['trust', 'reject', 'password', 'md5']),
      connection.filter(({ role }) => role !== 'all'),
      async (hba, client) => {
        const line = {
          type: client.ssl ? 'hostssl' : 'host',
          role: client.role,
          address: client.address,
          method: 'scram-sha-256',
          key: 'follower1',
        } as const;
        const files = await load(hba);
        if (files === undefined) return;
        const text = withRunbookBlock(hba.text, [line], cluster.majorVersion, files);
        await load({ ...hba, text });
        expect(await attempt(cluster.client.port, client)).toBe('scram-sha-256');
        won += 1;
      },
    ),
    { numRuns: Math.ceil(RUNS / 2) },
  );
  expect(won).toBeGreaterThan(RUNS / 4);
}, 600_000);

const readAddress = (text: string) => parseAddress(text) ?? { family: 4 as const, value: 0n };
