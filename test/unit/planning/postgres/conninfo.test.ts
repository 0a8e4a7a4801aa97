import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildConninfo, parseConninfo } from '../../../../planning/postgres/conninfo.js';

describe('buildConninfo', () => {
  it('is readable where nothing needs quotes', () => {
    expect(
      buildConninfo({
        host: '10.0.0.1',
        port: 5432,
        user: 'a b',
        passfile: "/x'y\\z",
        sslmode: undefined,
        options: '',
      }),
    ).toBe("host=10.0.0.1 port=5432 user='a b' passfile='/x\\'y\\\\z' options=''");
  });

  it.each(['password', 'sslpassword'])('refuses %s', (keyword) => {
    expect(() => buildConninfo({ [keyword]: 'x' })).toThrow(`must not carry ${keyword}`);
  });

  it('refuses what libpq cannot carry', () => {
    expect(() => buildConninfo({ 'a b': 'x' })).toThrow('not a libpq keyword');
    expect(() => buildConninfo({ host: 'x\0' })).toThrow('NUL');
  });

  it('is read back as it was built', () => {
    const value = fc.string({ unit: fc.constantFrom('a', '=', ' ', "'", '\\', '\t', '\n', '"', 'é', '/') });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), value), (parts) => {
        fc.pre(!Object.keys(parts).some((keyword) => keyword.endsWith('password')));
        expect(parseConninfo(buildConninfo(parts))).toEqual({ ...parts });
      }),
    );
  });
});

describe('parseConninfo', () => {
  it.each([
    ['', {}],
    [' \n', {}],
    ['host = a  port=1 ', { host: 'a', port: '1' }],
    ["host='a'port=1", { host: 'a', port: '1' }],
    ['host=a host=b', { host: 'b' }],
    ['host= port=1', { host: 'port=1' }],
    ['host=', { host: '' }],
    ["a=x'y b=c\\ d", { a: "x'y", b: 'c d' }],
    ['a=\\', { a: '' }],
  ])('%j', (text, expected) => {
    expect(parseConninfo(text)).toEqual(expected);
  });

  it.each(['host', 'host a=b', "host='a", '=a', 'postgresql://host/db'])('%j is not read', (text) => {
    expect(parseConninfo(text)).toBeUndefined();
  });
});
