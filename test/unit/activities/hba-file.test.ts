import {
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ensureHbaLines, type HbaEdit } from '../../../activities/hba-file.js';
import type { Host } from '../../../activities/hosts/host.js';
import type { HbaLine } from '../../../planning/postgres/hba.js';
import { guardOn, scriptBench } from '../planning/commands/script-bench.js';
import { attempt } from '../planning/postgres/hba-attempt.js';
import { startTestCluster, type TestCluster } from '../planning/postgres/test-cluster.js';

let cluster: TestCluster;
let linked: string;
beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.query('CREATE ROLE repl LOGIN REPLICATION');
  // A linked file, as configuration management leaves it; names in it are still those beside the link.
  const directory = join(cluster.dataDirectory, 'managed');
  linked = join(directory, 'pg_hba.conf');
  mkdirSync(directory);
  renameSync(join(cluster.dataDirectory, 'pg_hba.conf'), linked);
  symlinkSync(linked, join(cluster.dataDirectory, 'pg_hba.conf'));
}, 30_000);
afterAll(() => cluster.remove());

const line: HbaLine = {
  type: 'host',
  role: 'repl',
  address: '127.3.0.9',
  method: 'scram-sha-256',
  key: 'follower1',
};
const client = { role: 'repl', address: '127.3.0.9', ssl: false };
const answer = () => attempt(cluster.client.port, client);

/** The scripts run here for real, with a state directory of their own, and SQL goes to the real server. */
function hostOf(): Host {
  const bench = scriptBench();
  return {
    name: 'leader',
    async run(script) {
      const { code = 1, stdout, stderr } = await bench.run(script);
      return { kind: 'exited', code, stdout, stderr };
    },
    sql: (_, use) =>
      use({
        async query<Row extends object>(text: string, values?: unknown[]) {
          return (await cluster.client.query<Row>(text, values)).rows;
        },
      }),
  };
}

const edit = (): HbaEdit => ({
  file: linked,
  endpoint: {
    socketDirectory: '/',
    port: cluster.client.port,
    osUser: 'postgres',
    version: String(cluster.majorVersion),
  },
  lines: [line],
  guard: guardOn(cluster.dataDirectory),
  made: { madeHbaLine: 'follower1' },
});

function write(text: string, names: string): void {
  writeFileSync(linked, text);
  writeFileSync(join(cluster.dataDirectory, 'names'), names);
}

beforeEach(() => {
  const { uid, gid } = statSync(cluster.dataDirectory);
  chownSync(linked, uid, gid);
});

const TEXT = 'local all all peer\nhost replication @names all reject # not them\n';

it('goes before a rule whose names stand in another file, and wins there', async () => {
  const host = hostOf();
  write(TEXT, 'other\nrepl');
  expect(await ensureHbaLines(host, edit())).toBe(true);
  expect(await answer()).toBe('scram-sha-256');
  expect(readFileSync(linked, 'utf8')).toMatch(
    /^local all all peer\n# BEGIN.*\nhost .*\n# END.*\nhost replication @names/,
  );
  expect(readFileSync(join(cluster.dataDirectory, 'pg_hba.conf'), 'utf8')).toContain('# BEGIN');
  expect(await ensureHbaLines(host, edit())).toBe(false);
});

it('stays behind a rule whose names are others', async () => {
  const host = hostOf();
  write(TEXT, 'other');
  expect(await ensureHbaLines(host, edit())).toBe(true);
  expect(readFileSync(linked, 'utf8').startsWith(TEXT)).toBe(true);
  expect(await answer()).toBe('scram-sha-256');

  // Somebody adds the role there: not loaded yet, and our line would lose as soon as it is.
  write(readFileSync(linked, 'utf8'), 'other\nrepl');
  expect(await ensureHbaLines(host, edit())).toBe(true);
  expect(await answer()).toBe('scram-sha-256');
});

it('loads what was changed in a file of names', async () => {
  const host = hostOf();
  write(TEXT, 'repl');
  await ensureHbaLines(host, edit());
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(cluster.dataDirectory, 'names'), later, later);
  expect(await ensureHbaLines(host, edit())).toBe(true);
});

it('touches nothing while a file is missing', async () => {
  write(TEXT.replace('@names', '@missing'), '');
  await expect(ensureHbaLines(hostOf(), edit())).rejects.toMatchObject({
    problem: { code: 'HBA_FILE_ERRORS' },
  });
  expect(readFileSync(linked, 'utf8')).not.toContain('BEGIN');
});
