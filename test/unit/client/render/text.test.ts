import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLines } from '../../../../client/render/command-lines.js';
import { wrap } from '../../../../client/render/layout.js';
import { printable, printableDeep } from '../../../../client/render/printable.js';
import { suggest } from '../../../../client/suggest.js';
import { shellQuote } from '../../../../planning/shell-quote.js';

const word = fc
  .string({ minLength: 1, maxLength: 30 })
  .filter((text) => !text.includes('\0') && !text.includes('\n'));

describe('a command cut into lines', () => {
  it('is still the same command for the shell', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 10, max: 80 }),
        (words, width) => {
          const cut = commandLines(`printf '%s\\0' ${words.map(shellQuote).join(' ')}`, width).join('\n');
          const seen = execFileSync('/bin/sh', ['-c', cut], { encoding: 'utf8' });
          expect(seen).toBe(words.map((one) => `${one}\0`).join(''));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a line for a file is read, not pasted: it wraps as text', () => {
    const line =
      '/etc/postgresql/15/main/pg_hba.conf: hostssl replication rep 10.0.0.2/32 scram-sha-256 # ours';
    const cut = commandLines(line, 50);
    expect(cut.length).toBeGreaterThan(1);
    expect(cut.join('')).not.toContain('\\');
    expect(cut.map((part) => part.trim()).join(' ')).toBe(line);
  });

  it('SQL gets no backslash', () => {
    const sql = "CREATE ROLE replication_follower1 LOGIN REPLICATION PASSWORD 'SCRAM-SHA-256 x y'";
    const cut = commandLines(sql, 40);
    expect(cut.length).toBeGreaterThan(1);
    expect(cut.map((line) => line.trim()).join(' ')).toBe(sql);
  });
});

it('wrapped text loses no word', () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 10, max: 100 }), (text, width) => {
      const lines = wrap(text, width);
      expect(lines.join(' ')).toBe(text);
      for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
    }),
  );
});

describe('text from hosts', () => {
  it.each([
    ['\u001b[2Kapproved', '\\u{1b}[2Kapproved'],
    ['a\rb', 'a\\u{d}b'],
    ['a\r\nb\tc', 'a\nb\tc'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\u009b31m', '\\u{9b}31m'],
  ])('%j cannot move the cursor', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is made printable wherever it is', () => {
    expect(printableDeep({ a: ['\u001b'], b: { c: '\u0007' }, d: 1, e: null, f: true })).toEqual({
      a: ['\\u{1b}'],
      b: { c: '\\u{7}' },
      d: 1,
      e: null,
      f: true,
    });
  });
});

it.each([
  ['foureyes', ['fourEyes', 'approvers'], 'fourEyes'],
  ['concurency', ['concurrency', 'maxRate'], 'concurrency'],
  ['NO_OPEN_GATES', ['NO_OPEN_GATE', 'GATE_CHANGED'], 'NO_OPEN_GATE'],
  ['mode', ['concurrency', 'maxRate', 'checkpoint'], undefined],
  ['x', [], undefined],
])('%s is taken for the nearest of %j', (text, candidates, expected) => {
  expect(suggest(text, candidates)).toBe(expected);
});
