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
        expect(findPgpassPassword(pgpassLine(one), one.user)).toBe(one.password);
      }),
    );
  });

  it('takes the first line of the user, for whatever address and port of the leader', () => {
    const small = fc.record({
      host: fc.constantFrom('h', 'i', '*'),
      port: fc.constantFrom<number | '*'>(1, 2, '*'),
      database: fc.constantFrom('d', '*'),
      user: fc.constantFrom('u', 'v'),
      password: field,
    });
    fc.assert(
      fc.property(fc.array(small), (entries) => {
        const expected = entries.find(({ user }) => user === 'u');
        expect(findPgpassPassword(entries.map(pgpassLine).join(''), 'u')).toBe(expected?.password);
      }),
    );
  });

  it('reads files other people wrote', () => {
    const text = '# h:1:d:u:comment\n\nbroken\nh:1:d\nh:1:d:\\*:star\nh:1:*:u:se\\:cret\\\\:rest\r\n';
    expect(findPgpassPassword(text, 'u')).toBe('se:cret\\');
    expect(findPgpassPassword(text, '*')).toBe('star');
    expect(findPgpassPassword(text, 'x')).toBeUndefined();
    expect(findPgpassPassword(`${text}h:1:d:*:any`, 'x')).toBe('any');
  });

  it.each(['a\nb', 'a\r', 'a\0'])('refuses %j', (password) => {
    expect(() => pgpassLine({ host: 'h', port: 1, database: '*', user: 'u', password })).toThrow(
      'line break',
    );
  });
});
