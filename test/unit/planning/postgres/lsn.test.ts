import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLsn, formatLsn, lsnDiff, parseLsn } from '../../../../planning/postgres/lsn.js';

const lsn = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('LSN', () => {
  it('comes back as it was', () => {
    fc.assert(fc.property(lsn, (value) => parseLsn(formatLsn(value)) === value));
  });

  it('orders by number, not by text', () => {
    expect(compareLsn('0/9000000', '0/10000000')).toBe(-1);
    expect(compareLsn('1/0', '0/FFFFFFFF')).toBe(1);
    expect(compareLsn('0/a', '0/A')).toBe(0);
    expect(lsnDiff('1/0', '0/FFFFFFFF')).toBe(1n);
    expect(lsnDiff('0/3000060', '0/3000000')).toBe(96n);
  });

  it.each(['', '0', '0/', '/0', '0/G', '0/123456789', ' 0/1', '0/1 ', '0/1\n'])('%j is none', (text) => {
    expect(() => parseLsn(text)).toThrow('not an LSN');
  });

  it('has 64 bits', () => {
    expect(() => formatLsn(-1n)).toThrow('64 bits');
    expect(() => formatLsn(1n << 64n)).toThrow('64 bits');
    expect(formatLsn((1n << 64n) - 1n)).toBe('FFFFFFFF/FFFFFFFF');
  });
});
