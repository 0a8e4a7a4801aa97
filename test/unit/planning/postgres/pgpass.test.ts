import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPgpassPassword, pgpassLine } from '../../../../planning/postgres/pgpass.js';

const field = fc.string({
  unit: fc.constantFrom('a', 'b', ':', '\\', '#', ' ', '"', "'", 'ü'),
  minLength: 1,
});
const entry = fc.record({
  host: field,
  port: fc.integer({ min: 1, max: 65_535 }),
  database: field,
  user: field,
  password: field,
});

describe('password file', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(entry, (one) => {
        expect(findPgpassPassword(pgpassLine(one), one)).toBe(one.password);
      }),
    );
  });

  it('takes the first line that matches', () => {
    const small = fc.record({
      host: fc.constantFrom('h', 'i', '*'),
      port: fc.constantFrom<number | '*'>(1, 2, '*'),
      database: fc.constantFrom('d', '*'),
      user: fc.constantFrom('u', 'v'),
      password: field,
    });
    fc.assert(
      fc.property(fc.array(small), (entries) => {
        const key = { host: 'h', port: 1, database: 'd', user: 'u' };
        const expected = entries.find(
          (one) => ['h', '*'].includes(one.host) && (one.port === 1 || one.port === '*') && one.user === 'u',
        );
        expect(findPgpassPassword(entries.map(pgpassLine).join(''), key)).toBe(expected?.password);
      }),
    );
  });

  it('reads files other people wrote', () => {
    const text = '# h:1:d:u:comment\n\nbroken\nh:1:d\n\\*:1:d:u:star\nh:1:*:u:se\\:cret\\\\:rest\r\n';
    expect(findPgpassPassword(text, { host: 'h', port: 1, database: 'd', user: 'u' })).toBe('se:cret\\');
    expect(findPgpassPassword(text, { host: '*', port: 1, database: 'd', user: 'u' })).toBe('star');
    expect(findPgpassPassword(text, { host: 'x', port: 1, database: 'd', user: 'u' })).toBeUndefined();
  });

  it.each(['a\nb', 'a\r', 'a\0'])('refuses %j', (password) => {
    expect(() => pgpassLine({ host: 'h', port: 1, database: '*', user: 'u', password })).toThrow(
      'line break',
    );
  });
});
