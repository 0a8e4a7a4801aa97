import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../planning/unified-diff.js';

/** What `patch` does, and as strictly as `patch --fuzz=0`. */
function apply(from: string, diff: string[]): string {
  const source = from.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const [index, line] of diff.entries()) {
    const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1);
      while (at < start) result.push(source[at++] ?? '');
      expect(result).toHaveLength(Number(head[3]) - (head[4] === '0' ? 0 : 1));
      continue;
    }
    if (line.startsWith('\\')) continue;
    const text = line.slice(1) + (diff[index + 1]?.startsWith('\\') === true ? '' : '\n');
    if (!line.startsWith('+')) expect(source[at++]).toBe(text);
    if (!line.startsWith('-')) result.push(text);
  }
  while (at < source.length) result.push(source[at++] ?? '');
  return result.join('');
}

const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', 'd e', '@@'), { maxLength: 25 }), fc.boolean())
  .map(([lines, closed]) => lines.map((line) => `${line}\n`).join('') + (closed ? '' : 'end'));

describe('unifiedDiff', () => {
  it('makes one text of the other', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        expect(apply(from, unifiedDiff(from, to))).toBe(to);
      }),
    );
  });

  it('says nothing of equal texts', () => {
    fc.assert(
      fc.property(text, (same) => {
        expect(unifiedDiff(same, same)).toEqual([]);
      }),
    );
  });

  it('shows three lines around a change, and far changes apart', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${String(index + 1)}\n`);
    const to = [...lines];
    to.splice(25, 1);
    to.splice(10, 0, 'new\n');
    expect(unifiedDiff(lines.join(''), to.join(''))).toEqual([
      '@@ -8,6 +8,7 @@',
      ' line 8',
      ' line 9',
      ' line 10',
      '+new',
      ' line 11',
      ' line 12',
      ' line 13',
      '@@ -23,7 +24,6 @@',
      ' line 23',
      ' line 24',
      ' line 25',
      '-line 26',
      ' line 27',
      ' line 28',
      ' line 29',
    ]);
  });

  it('knows files without an end of line, and empty ones', () => {
    expect(unifiedDiff('', 'a\n')).toEqual(['@@ -0,0 +1,1 @@', '+a']);
    expect(unifiedDiff('a', 'a\nb\n')).toEqual([
      '@@ -1,1 +1,2 @@',
      '-a',
      '\\ No newline at end of file',
      '+a',
      '+b',
    ]);
  });

  it('takes a part that is too large as replaced', () => {
    const many = (word: string): string =>
      Array.from({ length: 1_500 }, (_, index) => `${word} ${String(index)}\n`).join('');
    const [from, to] = [`${many('a')}x\n${many('b')}`, `${many('c')}x\n${many('d')}`];
    expect(apply(from, unifiedDiff(from, to))).toBe(to);
  });
});
