import { describe, expect, it } from 'vitest';
import { conninfoHost } from '../../../../planning/postgres/conninfo-host.js';

describe('the host of a connection string', () => {
  it.each([
    ['host=10.0.0.1 port=5433 user=u password=secret', '10.0.0.1:5433'],
    ["host='a b' password='x host=evil'", 'a b'],
    ['hostaddr=10.0.0.9 password=secret', '10.0.0.9'],
    ['postgresql://u:secret@db.internal:5432/app?sslmode=require', 'db.internal:5432'],
    ['postgres://u:se@cret@db.internal/app', 'db.internal'],
    ['postgresql://db.internal', 'db.internal'],
    ['user=u password=secret', undefined],
    ['', undefined],
    ['host=', undefined],
    ["password='unterminated host=x", undefined],
    ['postgresql://u:secret@/app', undefined],
    ['postgresql://u:secret/more@db.internal/app', undefined],
    ['postgresql://db.internal/app?password=x@secret', undefined],
  ])('%s', (text, expected) => {
    expect(conninfoHost(text)).toBe(expected);
    expect(conninfoHost(text) ?? '').not.toContain('secret');
  });
});
