import fc from 'fast-check';
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatBytes } from '../../../../planning/format.js';
import {
  confSettings,
  parseConf,
  quoteConfValue,
  renderAutoConf,
} from '../../../../planning/postgres/conf.js';
import { buildConninfo } from '../../../../planning/postgres/conninfo.js';
import { parseControlData } from '../../../../planning/postgres/control-data.js';
import { compareLsn, lsnDiff } from '../../../../planning/postgres/lsn.js';
import { quoteIdentifier, quoteLiteral } from '../../../../planning/postgres/names.js';
import { findPgpassPassword, pgpassLine } from '../../../../planning/postgres/pgpass.js';
import { startTestCluster } from './test-cluster.js';
import type { TestCluster } from './test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 30_000);
afterAll(() => cluster.remove());

async function one<Row>(statement: string, values: unknown[] = []): Promise<Row> {
  const { rows } = await cluster.client.query(statement, values);
  return rows[0] as Row;
}

const awkward = fc.string({
  unit: fc.constantFrom('a', "'", '\\', ' ', '#', '=', '"', ':', '\t', '$'),
  maxLength: 12,
});

describe('postgresql.auto.conf as the server reads it', () => {
  interface FileSetting {
    sourceline: number;
    name: string | null;
    setting: string | null;
    error: string | null;
  }

  /** pg_file_settings reads the files on disk, whatever the server has loaded. */
  async function serverReads(text: string): Promise<FileSetting[]> {
    const file = join(cluster.dataDirectory, 'postgresql.auto.conf');
    writeFileSync(file, text);
    const { rows } = await cluster.client.query<FileSetting>(
      'SELECT sourceline, name, setting, error FROM pg_file_settings WHERE sourcefile = $1 ORDER BY seqno',
      [file],
    );
    return rows;
  }

  const name = fc.constantFrom('my.a', 'My.B', 'application_name', 'nonsense');
  const separator = fc.constantFrom(' = ', '=', ' ', '\t', '');
  const raw = fc.constantFrom(
    'a',
    'a-b/c',
    'a.b',
    'a.b.c',
    '1',
    '-1.5',
    '1.5MB',
    '1e3',
    '0x1f',
    "'x'",
    "'\\101'",
    '*',
    'a b',
    '"x"',
  );
  const value = fc.oneof(awkward.map(quoteConfValue), raw);
  const line = fc
    .tuple(name, separator, value, fc.constantFrom('', ' ', ' # why', "#'", '\r'))
    .map((parts) => parts.join(''));

  it('has the same settings, values and syntax errors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        // Without a line break at its end the server gives the last line's error the number before.
        const text = lines.map((one) => `${one}\n`).join('');
        const ours = parseConf(text);
        // The view stops at the first error, and then has no settings at all.
        const error = (await serverReads(text)).find((row) => row.error?.startsWith('syntax error'));
        expect(ours.find((one) => one.kind === 'error')?.line).toBe(error?.sourceline);
        const sound = ours.filter((one) => one.kind !== 'error').map((one) => one.text);
        const rows = await serverReads(sound.join(''));
        expect(
          parseConf(sound.join('')).flatMap((one) =>
            one.kind === 'setting' ? [[one.line, one.name, one.value]] : [],
          ),
        ).toEqual(rows.map((row) => [row.sourceline, row.name?.toLowerCase(), row.setting]));
      }),
      { numRuns: 150 },
    );
  });

  it('takes what we render', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('my.a', 'my.b', 'primary_conninfo'), awkward),
        async (set) => {
          const text = renderAutoConf("work_mem = '8MB'\n", set);
          const rows = await serverReads(text);
          const read: Record<string, string | null> = Object.fromEntries(
            rows.map((row) => [row.name ?? '', row.setting]),
          );
          expect(read).toEqual({ work_mem: '8MB', ...set });
          expect(read).toEqual(confSettings(text));
        },
      ),
      { numRuns: 50 },
    );
    await serverReads('');
  });
});

describe('texts for libpq and psql', () => {
  /** psql reports what libpq made of the connection string, whether or not the server is there. */
  it('brings every value through a connection string', async () => {
    for (const text of fc.sample(awkward, { numRuns: 12, seed: 7 })) {
      const conninfo = buildConninfo({ host: '/nowhere', port: 1, dbname: text, connect_timeout: 2 });
      await expect(cluster.run('psql', ['-X', '-w', '-d', conninfo, '-c', 'SELECT 1'])).rejects.toThrow(
        'connection to server on socket "/nowhere/.s.PGSQL.1" failed',
      );
    }
    const options = buildConninfo({
      host: '127.0.0.1',
      port: cluster.client.port,
      dbname: 'postgres',
      user: 'tester',
      application_name: `it's a "\\" = # test`,
      passfile: passfile(`to'p:\\secret#`),
    });
    await cluster.client.query(`ALTER ROLE tester PASSWORD ${quoteLiteral(`to'p:\\secret#`)}`);
    const shown = await cluster.run('psql', ['-XAtw', '-d', options, '-c', 'SHOW application_name']);
    expect(shown.trimEnd()).toBe(`it's a "\\" = # test`);
  });

  /** A password file as the runbook leaves it: one line, readable by its owner alone. */
  function passfile(password: string): string {
    const directory = join(cluster.dataDirectory, '..', 'pass');
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "it's a pgpass");
    const entry = { host: '127.0.0.1', port: cluster.client.port, database: '*', user: 'tester', password };
    writeFileSync(file, `# comment\nelsewhere:*:*:*:x\n${pgpassLine(entry)}`, { mode: 0o600 });
    const { uid, gid } = statSync(cluster.dataDirectory);
    chownSync(file, uid, gid);
    expect(findPgpassPassword(pgpassLine(entry), entry.user)).toBe(password);
    return file;
  }

  it('quotes identifiers and literals', async () => {
    for (const text of fc.sample(awkward, { numRuns: 30, seed: 7 }).filter((sample) => sample !== '')) {
      const row = await one<Record<string, string>>(
        `SELECT ${quoteLiteral(text)}::text AS ${quoteIdentifier(text)}`,
      );
      expect(row).toEqual({ [text]: text });
    }
  });
});

describe('numbers as PostgreSQL prints them', () => {
  it('formats sizes like pg_size_pretty', async () => {
    const sizes = [0, 10_239, 10_240, 10_485_247, 10_485_248, 10_737_418_239, 7_570_223];
    sizes.push(...fc.sample(fc.maxSafeNat(), { numRuns: 50 }), ...fc.sample(fc.nat(), { numRuns: 50 }));
    const { rows } = await cluster.client.query<{ size: string; text: string }>(
      'SELECT size, pg_size_pretty(size) AS text FROM unnest($1::bigint[]) AS size',
      [sizes],
    );
    expect(rows).toHaveLength(sizes.length);
    for (const row of rows) expect([row.size, formatBytes(Number(row.size))]).toEqual([row.size, row.text]);
  });

  it('compares LSNs like pg_wal_lsn_diff', async () => {
    for (const [left, right] of [
      ['0/9000000', '0/10000000'],
      ['FFFFFFFF/FFFFFFFF', '0/1'],
      ['1/0', '0/FFFFFFFF'],
    ] as const) {
      const row = await one<{ diff: string }>('SELECT pg_wal_lsn_diff($1::pg_lsn, $2::pg_lsn) AS diff', [
        left,
        right,
      ]);
      expect(String(lsnDiff(left, right))).toBe(row.diff);
      expect(compareLsn(left, right) > 0).toBe(!row.diff.startsWith('-'));
    }
  });

  it('reads the control file the server has written', async () => {
    const data = parseControlData(await cluster.run('pg_controldata', ['-D', cluster.dataDirectory]));
    const row = await one<{ system_identifier: string }>('SELECT system_identifier FROM pg_control_system()');
    expect(data).toMatchObject({
      systemIdentifier: row.system_identifier,
      state: 'in production',
      timeline: 1,
      limits: { max_connections: 100, max_wal_senders: 10 },
    });
  });
});
