import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { autoConfLines } from '../../../../client/render/auto-conf.js';
import { commandLines } from '../../../../client/render/command-lines.js';
import { diffLines } from '../../../../client/render/diff-lines.js';
import { parseConninfo } from '../../../../planning/postgres/conninfo.js';
import { parseHba } from '../../../../planning/postgres/hba.js';

const style = (width: number) => ({ width, color: false, unicode: false });

describe('a diff at the width of the screen', () => {
  const long =
    '+hostssl replication     replication_follower1 10.0.0.2/32             scram-sha-256 # follower1';

  it('goes on behind a backslash, and says the same to PostgreSQL', () => {
    const lines = diffLines({ file: '/f', lines: ['@@ -0,0 +1,1 @@', long] }, 60);
    expect(lines.slice(0, 3)).toEqual(['--- /f', '+++ /f', '@@ -0,0 +1,1 @@']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    expect(lines.slice(4).every((line) => line.startsWith('      '))).toBe(true);
    const [cut] = parseHba(lines.slice(3).join('\n').slice(1), 15);
    expect(cut?.rule).toEqual(parseHba(long.slice(1), 15)[0]?.rule);
  });

  it('keeps columns that are made by tabs', () => {
    const lines = diffLines({ file: '/f', lines: ['@@ -1,2 +1,2 @@', ' host\tall', '+\tlocal\t\tall'] }, 60);
    expect(lines.slice(3)).toEqual([' host    all', '+        local           all']);
  });

  it('tells how much it leaves out', () => {
    expect(diffLines({ file: '/f', lines: ['@@ -1,1 +1,9 @@'], omitted: 9 }, 60).at(-1)).toContain('9 more');
  });
});

describe('a connection string in a command', () => {
  it('is broken between its keywords, and means the same', () => {
    const conninfo = 'host=10.0.0.1 port=5432 user=rep passfile=/a/b application_name=x sslmode=require';
    const lines = commandLines(`pg_basebackup -D /x -d '${conninfo}'`, 40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    const quoted = /'([^']*)'/.exec(lines.join('\n'))?.[1] ?? '';
    expect(quoted).toContain('\n');
    expect(parseConninfo(quoted)).toEqual(parseConninfo(conninfo));
  });

  it('stays whole where it is quoted otherwise', () => {
    const word = `'host=a fallback_application_name='\\''x y z'\\'' port=5'`;
    expect(commandLines(`psql ${word}`, 20).at(-1)?.trim()).toBe(word);
  });
});

describe('the table of postgresql.auto.conf', () => {
  it('keeps to the width, whatever is in it', () => {
    const cell = fc.option(fc.string({ unit: fc.constantFrom('a', ' ', 'B'), maxLength: 61 }), {
      nil: undefined,
    });
    const row = fc.record(
      {
        name: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 61 }),
        leader: cell,
        follower: cell,
        result: cell,
      },
      { requiredKeys: ['name'] },
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), fc.integer({ min: 40, max: 120 }), (rows, width) => {
        const clean = JSON.parse(JSON.stringify(rows)) as { name: string }[];
        for (const line of autoConfLines({ rows: clean, omitted: 0 }, style(width))) {
          expect(line.length).toBeLessThanOrEqual(width);
          expect(line).toBe(line.trimEnd());
        }
      }),
    );
  });

  it('says what is dropped, and how many rows are missing', () => {
    const rows = [
      { name: 'restore_command', follower: '<not shown>' },
      { name: 'x', leader: '1' },
    ];
    expect(autoConfLines({ rows, omitted: 3 }, style(80))).toEqual([
      '                   leader  follower     result',
      '  restore_command          <not shown>  dropped',
      '  x                1',
      '  and 3 settings more',
    ]);
  });
});
