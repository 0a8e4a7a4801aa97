import { describe, expect, it } from 'vitest';
import { firstMatch, parseHba, renderHbaLine } from '../../../../planning/postgres/hba.js';
import type { HbaConnection, HbaLine } from '../../../../planning/postgres/hba.js';

const connection: HbaConnection = { ssl: true, database: 'replication', role: 'repl', address: '10.0.0.2' };

describe('parseHba', () => {
  it('counts a continued line once and keeps its bytes', () => {
    const text = '# comment \\\nhost all all all trust\nhost all \\\r\n  all samenet md5\nlocal all all peer';
    const lines = parseHba(text, 15);
    expect(lines.map(({ line, kind }) => [line, kind])).toEqual([
      [1, 'blank'],
      [3, 'rule'],
      [5, 'rule'],
    ]);
    expect(lines.map((line) => line.text).join('')).toBe(text);
  });

  it('knows no continuation before 14', () => {
    expect(parseHba('# comment \\\nhost all all all trust', 13).map((line) => line.kind)).toEqual([
      'blank',
      'rule',
    ]);
  });

  it('reads names, quotes, lists and the comment', () => {
    // A blank before the comma ends the field.
    const [line] = parseHba('host "all",replication , x all trust');
    expect(line?.rule).toMatchObject({
      databases: [
        { text: 'all', quoted: true },
        { text: 'replication', quoted: false },
      ],
      roles: [{ text: 'x', quoted: false }],
    });
    const [other] = parseHba('host all, x "a ""b"" c",+g,@f 10.0.0.0/8 cert map=m # why #1');
    expect(other).toMatchObject({
      comment: 'why #1',
      rule: {
        databases: [{ text: 'all' }, { text: 'x' }],
        roles: [{ text: 'a "b" c', quoted: true }, { text: '+g' }, { text: '@f' }],
        address: { kind: 'network', family: 4, value: 0x0a000000n, mask: 0xff000000n },
        method: 'cert',
        options: ['map=m'],
      },
    });
  });

  it.each([
    'host all all',
    'host all all 10.0.0.1 trust',
    'host all all 10.0.0.1/33 trust',
    'host all all 10.0.0.1/x trust',
    'host all all 10.0.0.1 ffff:: trust',
    'host all all 10.0.0.1/32',
    'hots all all all trust',
    'host all all a,b trust',
    'local all all',
  ])('%j is an error', (text) => {
    expect(parseHba(text)[0]?.kind).toBe('error');
  });
});

describe('firstMatch', () => {
  it.each([
    ['host replication repl 10.0.0.2/32 trust', 1],
    ['hostssl replication all 10.0.0.0 255.255.255.0 md5', 1],
    ['host all,replication "repl" all md5', 1],
    ['hostnossl replication all all reject', undefined],
    ['hostgssenc replication all all gss', undefined],
    ['hostnogssenc replication all all reject', 1],
    ['local replication all peer', undefined],
    ['host all all all trust', undefined],
    ['host "replication" all all trust', undefined],
    ['host replication other all trust', undefined],
    ['host replication "all" all trust', undefined],
    ['host replication all 10.0.0.3/32 trust', undefined],
    ['host replication all ::/0 trust', undefined],
    ['host replication +g all trust', 'unknown-before'],
    ['host replication "+g" all trust', undefined],
    ['host replication @roles all trust', 'unknown-before'],
    ['host @dbs repl all trust', 'unknown-before'],
    ['host replication /^r all trust', 'unknown-before'],
    ['host replication repl leader.internal trust', 'unknown-before'],
    ['host replication repl samenet trust', 'unknown-before'],
    ['host replication repl 10.2 trust', 'unknown-before'],
    ['host replication +g 10.0.0.3/32 trust', undefined],
    ['host postgres +g samehost trust', undefined],
    ['include other.conf', 'unknown-before'],
    ['nonsense', 'unknown-before'],
    ['# nothing', undefined],
  ] as const)('%s', (text, expected) => {
    const found = firstMatch(parseHba(text), connection);
    expect(typeof found === 'object' ? found.line : found).toBe(expected);
  });

  it('stops at the first line that decides', () => {
    const lines = parseHba(
      'host all all all md5\nhost replication repl all reject\nhost replication @x all md5\n',
    );
    expect(firstMatch(lines, connection)).toMatchObject({ line: 2, rule: { method: 'reject' } });
    expect(firstMatch(lines, { ...connection, role: 'other' })).toBe('unknown-before');
  });

  it('tells connections with TLS from those without', () => {
    const lines = parseHba('hostssl replication all all reject\nhost replication all all md5\n');
    expect(firstMatch(lines, { ...connection, ssl: false })).toMatchObject({ line: 2 });
  });

  it('needs an address', () => {
    expect(() => firstMatch([], { ...connection, address: 'follower1' })).toThrow('not an IP address');
  });
});

describe('renderHbaLine', () => {
  const line: HbaLine = {
    type: 'hostssl',
    role: 'repl',
    address: '10.0.0.2',
    method: 'scram-sha-256',
    key: 'follower1',
  };

  it('stands in the columns of the file', () => {
    expect(renderHbaLine(line)).toBe(
      'hostssl replication     repl            10.0.0.2/32             scram-sha-256 # follower1',
    );
    expect(renderHbaLine({ ...line, type: 'host', address: 'fd00::2' })).toMatch(/^host {4}.* fd00::2\/128 /);
  });

  it.each(['all', '+g', '@f', 'a b', 'a"b', 'a#b', 'a,b', 'ö', 'replication_db-2'])(
    'names the role %j alone',
    (role) => {
      const lines = parseHba(renderHbaLine({ ...line, role }));
      expect(firstMatch(lines, { ...connection, role })).toMatchObject({ line: 1, comment: 'follower1' });
      expect(firstMatch(lines, { ...connection, role: 'x' })).toBeUndefined();
    },
  );

  it.each([
    [{ role: '/regex' }, 'regular expression'],
    [{ role: '' }, 'cannot hold'],
    [{ role: 'a\nb' }, 'cannot hold'],
    [{ address: 'follower1' }, 'not an IP address'],
    [{ address: '10.0.0.2/32' }, 'not an IP address'],
    [{ key: 'a\\' }, "not a host's name"],
  ])('refuses %j', (change, message) => {
    expect(() => renderHbaLine({ ...line, ...change })).toThrow(message);
  });
});
