import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listed, shortList, shortText } from '../../../planning/shorten.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${String(index)}`);

describe('a list that may be long', () => {
  it.each([
    [3, 3, undefined, 'n0, n1, n2'],
    [11, 11, undefined, 'n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, … and 1 more'],
    [10, 47, 47, 'n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, … and 37 more'],
    [0, 0, undefined, ''],
  ])('of %i names, %i in truth', (count, _, total, text) => {
    expect(listed(names(count), ', ', total)).toBe(text);
  });

  it('never loses count', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), (count, atMost) => {
        const list = shortList(names(count), { atMost, characters: 40 });
        const more = /^… and (\d+) more$/.exec(list.at(-1) ?? '')?.[1];
        expect(list.length - (more === undefined ? 0 : 1) + Number(more ?? 0)).toBe(count);
        expect(list.length).toBeLessThanOrEqual(atMost + 1);
        expect(list.join('').length).toBeLessThanOrEqual(40 + '… and 60 more'.length);
      }),
    );
  });

  it('is shortened by its characters too, but never to nothing', () => {
    const long = 'x'.repeat(239);
    expect(listed(['a', long, 'b'])).toBe(`a, ${long}, … and 1 more`);
    expect(listed(['x'.repeat(400), 'b'])).toBe(`${'x'.repeat(400)}, … and 1 more`);
  });
});

describe('a text that may be long', () => {
  it('tells that it was cut', () => {
    expect(shortText('abcdef', 6)).toBe('abcdef');
    expect(shortText('abcdefg', 6)).toBe('abcde…');
    expect(shortText('abcd  gh', 6)).toBe('abcd…');
  });
});
