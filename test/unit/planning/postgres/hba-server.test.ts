import fc from 'fast-check';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressBits } from '../../../../planning/postgres/address.js';
import { parseHba, wantedHbaFiles, withRunbookBlock } from '../../../../planning/postgres/hba.js';
import type { HbaRule } from '../../../../planning/postgres/hba.js';
import { hbaFile } from './hba-samples.js';
import { startTestCluster } from './test-cluster.js';
import type { TestCluster } from './test-cluster.js';

interface ServerRule {
  line_number: number;
  type: string | null;
  database: string[] | null;
  user_name: string[] | null;
  address: string | null;
  netmask: string | null;
  auth_method: string | null;
  error: string | null;
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 30_000);
afterAll(() => cluster.remove());

/** pg_hba_file_rules reads the file on disk, whatever the server has loaded. */
async function serverReads(text: string): Promise<ServerRule[]> {
  writeFileSync(join(cluster.dataDirectory, 'pg_hba.conf'), text);
  const { rows } = await cluster.client.query<ServerRule>(
    'SELECT line_number, type, database, user_name, address, netmask, auth_method, error FROM pg_hba_file_rules ORDER BY line_number',
  );
  return rows;
}

const ipv4Text = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');

/** `undefined`: a notation that we leave to the server. */
function addressText({ address }: HbaRule): [string | null, string | null] | undefined {
  if (address === undefined) return [null, null];
  if (address.kind === 'unknown') return [address.text, null];
  if (address.kind !== 'network') return [address.kind, null];
  return address.family === 4 ? [ipv4Text(address.value), ipv4Text(address.mask)] : undefined;
}

function expectSame(rule: HbaRule, row: ServerRule): void {
  expect(row).toMatchObject({
    type: rule.type,
    database: rule.databases.map((token) => token.text),
    user_name: rule.roles.map((token) => token.text),
    // The server has its own name for ident over the local socket.
    auth_method: rule.type === 'local' && rule.method === 'ident' ? 'peer' : rule.method,
  });
  const address = addressText(rule);
  if (address !== undefined) expect([row.address, row.netmask]).toEqual(address);
}

describe('pg_hba.conf as the server reads it', () => {
  it('has the same lines and the same fields', async () => {
    let [good, bad] = [0, 0];
    await fc.assert(
      fc.asyncProperty(hbaFile, async (text) => {
        const rows = await serverReads(text);
        const ours = parseHba(text, cluster.majorVersion).filter((line) => line.kind !== 'blank');
        expect(ours.map((line) => line.line)).toEqual(rows.map((row) => row.line_number));
        for (const [index, row] of rows.entries()) {
          const line = ours[index];
          // A remark such as "cannot match because SSL is disabled" comes with the fields: the rule is
          // loaded. A rule that is refused has none.
          if (row.type === null) bad += 1;
          else good += 1;
          if (line?.rule === undefined) expect(row.type).toBeNull();
          else if (row.type !== null) expectSame(line.rule, row);
        }
      }),
      { numRuns: 150 },
    );
    expect(Math.min(good, bad)).toBeGreaterThan(20);
  });

  it('takes our block without an error, whatever the role is called', async () => {
    const role = fc.string({
      unit: fc.constantFrom('a', 'Z', '_', ' ', '"', ',', '#', '+', '@', 'é'),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(role, fc.constantFrom('10.0.0.2', 'fd00::2'), async (name, address) => {
        const line = { type: 'host', role: name, address, method: 'scram-sha-256', key: 'f1' } as const;
        const rows = await serverReads(withRunbookBlock('local all all peer\n', [line]));
        expect(rows[1]).toMatchObject({
          line_number: 3,
          type: 'host',
          database: ['replication'],
          user_name: [name],
          address,
          auth_method: 'scram-sha-256',
          error: null,
        });
      }),
      { numRuns: 50 },
    );
  });

  it('looks for names beside the configured path, even where that is a link', async () => {
    const path = join(cluster.dataDirectory, 'pg_hba.conf');
    const elsewhere = join(cluster.dataDirectory, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'pg_hba.conf'), 'host all @names all trust\n');
    writeFileSync(join(elsewhere, 'names'), 'there');
    writeFileSync(join(cluster.dataDirectory, 'names'), 'here');
    rmSync(path);
    symlinkSync('elsewhere/pg_hba.conf', path);
    const { rows } = await cluster.client.query('SELECT user_name FROM pg_hba_file_rules');
    rmSync(path);
    expect(rows).toEqual([{ user_name: ['here'] }]);
    const wanted = wantedHbaFiles('host all @names all trust\n', cluster.majorVersion, {
      path,
      includes: {},
    });
    expect(wanted).toEqual([join(cluster.dataDirectory, 'names')]);
  });

  it('agrees on how wide a prefix is', async () => {
    for (const length of [0, 1, 7, 31, 32]) {
      const text = `host all all 10.0.0.0/${String(length)} trust\n`;
      const [row] = await serverReads(text);
      const address = parseHba(text)[0]?.rule?.address;
      expect(address?.kind === 'network' && ipv4Text(address.mask)).toBe(row?.netmask);
    }
    expect(addressBits(6)).toBe(128);
  });
});
