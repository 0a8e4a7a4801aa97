import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesProblem,
  formatBytes,
  formatDuration,
  formatRate,
  parseBytes,
  percent,
} from '../../../planning/format.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [10_239, '10239 bytes'],
    [10_240, '10 kB'],
    [7_570_223, '7393 kB'],
    [10_485_247, '10239 kB'],
    [10_485_248, '10 MB'],
    [20 * 1024 ** 3, '20 GB'],
    [-12_345_678, '-12 MB'],
    [512.7, '512 bytes'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('parseBytes', () => {
  it.each([
    ['20GB', 20 * 1024 ** 3],
    ['80MB', 80 * 1024 ** 2],
    ['1.5 GB', 1.5 * 1024 ** 3],
    ['64kB', 65_536],
    ['64KB', 65_536],
    ['1TB', 1024 ** 4],
    ['512B', 512],
  ])('%s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
    expect(bytesProblem(text)).toBeUndefined();
  });

  it.each([['20'], [20], ['20XB'], ['GB'], [''], ['-1GB'], ['1e3GB'], [null], ['99999999999TB']])(
    '%j is refused',
    (value) => {
      expect(parseBytes(value)).toBeUndefined();
      expect(bytesProblem(value)).toMatch(/^a size/);
    },
  );

  it('says which units a plain number could have had', () => {
    expect(bytesProblem(80)).toBe('a size needs a unit: 80MB or 80GB');
  });
});

describe('formatDuration', () => {
  it.each([
    [-5, '0.00 s'],
    [430, '0.43 s'],
    [994, '0.99 s'],
    [995, '1.0 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [42_000, '42 s'],
    [59_499, '59 s'],
    [59_500, '1 m 00 s'],
    [185_000, '3 m 05 s'],
    [3_599_499, '59 m 59 s'],
    [3_599_500, '1 h 00 m'],
    [7_500_000, '2 h 05 m'],
    [86_369_999, '23 h 59 m'],
    [86_370_000, '1 d 00 h'],
    [273_600_000, '3 d 04 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('percent', () => {
  it('is 100 only when everything is done', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (done, total) => {
        const value = percent(done, total);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value === 100).toBe(total > 0 && done >= total);
      }),
    );
  });

  it('prints a rate', () => {
    expect(formatRate(112 * 1024 ** 2)).toBe('112 MB/s');
  });
});
