import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstMatch,
  isRunbookLine,
  parseHba,
  renderHbaLine,
  runbookKeys,
  withRunbookBlock,
  withoutRunbookLine,
} from '../../../../planning/postgres/hba.js';
import type { HbaLine } from '../../../../planning/postgres/hba.js';
import { hbaFile } from './hba-samples.js';

const lineOf = (key: string, change: Partial<HbaLine> = {}): HbaLine => ({
  type: 'hostssl',
  role: 'repl',
  address: '10.0.0.2',
  method: 'scram-sha-256',
  key,
  ...change,
});

const one = lineOf('follower1');
const two = lineOf('follower2', { address: '10.0.0.3' });

const DEBIAN = `# Database administrative login by Unix domain socket
local   all             postgres                                peer
host    all             all             127.0.0.1/32            scram-sha-256
local   replication     all                                     peer
host    replication     all             127.0.0.1/32            scram-sha-256
host    replication     all             ::1/128                 scram-sha-256
`;

const BLOCK = (...lines: string[]): string =>
  `# BEGIN pg-replication-runbook: one line a host, kept by the runbook\n${lines.map((line) => `${line}\n`).join('')}# END pg-replication-runbook\n`;

const anyLine = fc.record({
  type: fc.constantFrom('host', 'hostssl'),
  role: fc.constantFrom('repl', 'all', 'a b', 'x'),
  address: fc.constantFrom('10.0.0.2', '10.1.0.2', 'fd00::1', '::ffff:10.0.0.2'),
  method: fc.constant('scram-sha-256'),
  key: fc.constantFrom('follower1', 'follower2', 'b-3'),
}) satisfies fc.Arbitrary<HbaLine>;
const someLines = fc.uniqueArray(anyLine, { minLength: 1, maxLength: 3, selector: (line) => line.key });

describe('withRunbookBlock', () => {
  it('goes to the end where nothing competes', () => {
    expect(withRunbookBlock(DEBIAN, [one])).toBe(DEBIAN + BLOCK(renderHbaLine(one)));
  });

  it('goes before the first rule that could match, decided or not', () => {
    for (const rival of [
      'host replication all all reject',
      'host replication all samenet md5',
      'include "x"',
    ]) {
      const text = `${DEBIAN}# why\n${rival}\nlocal all all peer\n`;
      expect(withRunbookBlock(text, [one])).toBe(
        `${DEBIAN}# why\n${BLOCK(renderHbaLine(one))}${rival}\nlocal all all peer\n`,
      );
    }
  });

  it('must win without TLS too, where the line lets both through', () => {
    const text = 'hostnossl replication all all reject\n';
    expect(withRunbookBlock(text, [one])).toBe(text + BLOCK(renderHbaLine(one)));
    const both = lineOf('follower1', { type: 'host' });
    expect(withRunbookBlock(text, [both])).toBe(BLOCK(renderHbaLine(both)) + text);
  });

  it('adds a second host, replaces its line, keeps the first', () => {
    const first = withRunbookBlock(DEBIAN, [one]);
    const both = withRunbookBlock(first, [two]);
    expect(both).toBe(DEBIAN + BLOCK(renderHbaLine(one), renderHbaLine(two)));
    expect(runbookKeys(both)).toEqual(['follower1', 'follower2']);
    const moved = lineOf('follower1', { address: '10.0.0.9' });
    expect(withRunbookBlock(both, [moved])).toBe(DEBIAN + BLOCK(renderHbaLine(moved), renderHbaLine(two)));
  });

  it('stays where an operator has put it as long as it wins there, and moves when it does not', () => {
    const moved = BLOCK(renderHbaLine(one)) + DEBIAN;
    expect(withRunbookBlock(moved, [one])).toBe(moved);
    const rival = 'host replication repl 10.0.0.0/8 reject\n';
    const beaten = `local all all peer\n${rival}${BLOCK(renderHbaLine(one))}`;
    expect(withRunbookBlock(beaten, [one])).toBe(`local all all peer\n${BLOCK(renderHbaLine(one))}${rival}`);
  });

  it('keeps lines other people wrote into it, behind ours', () => {
    const text = DEBIAN + BLOCK('host replication repl all reject', renderHbaLine(one));
    expect(withRunbookBlock(text, [one])).toBe(
      DEBIAN + BLOCK(renderHbaLine(one), 'host replication repl all reject'),
    );
  });

  it('does nothing without lines', () => {
    expect(withRunbookBlock(DEBIAN, [])).toBe(DEBIAN);
  });

  it('wins, changes nothing the second time, and touches nothing outside', () => {
    fc.assert(
      fc.property(hbaFile, someLines, (text, lines) => {
        const done = withRunbookBlock(text, lines);
        expect(withRunbookBlock(done, lines)).toBe(done);
        expect(runbookKeys(done)).toEqual(lines.map((line) => line.key));
        for (const line of lines) {
          for (const ssl of line.type === 'hostssl' ? [true] : [true, false]) {
            const client = { ssl, database: 'replication', role: line.role, address: line.address } as const;
            const found = firstMatch(parseHba(done), client);
            if (typeof found !== 'object') throw new Error(`found ${String(found)}`);
            // Two hosts behind one address and role share what they may.
            expect(lines.some((other) => isRunbookLine(done, found, other.key))).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('adds one after the other as it adds all at once', () => {
    fc.assert(
      fc.property(hbaFile, someLines, (text, lines) => {
        const singly = lines.reduce((file, line) => withRunbookBlock(file, [line]), text);
        expect(singly).toBe(withRunbookBlock(text, lines));
      }),
    );
  });
});

describe('withoutRunbookLine', () => {
  it('gives back the very bytes, in any order', () => {
    fc.assert(
      fc.property(hbaFile, someLines, fc.boolean(), (text, lines, backwards) => {
        const keys = lines.map((line) => line.key);
        if (backwards) keys.reverse();
        const restored = keys.reduce(withoutRunbookLine, withRunbookBlock(text, lines));
        expect(restored).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('takes one line and leaves the others', () => {
    const both = withRunbookBlock(DEBIAN, [one, two]);
    expect(withoutRunbookLine(both, 'follower1')).toBe(DEBIAN + BLOCK(renderHbaLine(two)));
  });

  it('leaves a file without the line alone, and the block that holds other lines', () => {
    expect(withoutRunbookLine(DEBIAN, 'follower1')).toBe(DEBIAN);
    const text = DEBIAN + BLOCK(renderHbaLine(one), '# mine');
    expect(withoutRunbookLine(text, 'follower2')).toBe(text);
    expect(withoutRunbookLine(text, 'follower1')).toBe(DEBIAN + BLOCK('# mine'));
  });

  it('takes half a block for comments', () => {
    const half = `# BEGIN pg-replication-runbook\n${renderHbaLine(one)}\n`;
    expect(withoutRunbookLine(half, 'follower1')).toBe(half);
    expect(runbookKeys(half)).toEqual([]);
    const done = withRunbookBlock(half, [one]);
    expect(done.endsWith(half.split('\n').slice(1).join('\n'))).toBe(true);
    expect(withoutRunbookLine(done, 'follower1')).toBe(half);
  });
});
