import { describe, expect, it } from 'vitest';
import {
  firstMatch,
  parseHba,
  renderHbaLine,
  wantedHbaFiles,
  withRunbookBlock,
  withoutRunbookLine,
} from '../../../../planning/postgres/hba.js';
import type { HbaConnection, HbaFiles, HbaLine } from '../../../../planning/postgres/hba.js';

const PATH = '/etc/pg/pg_hba.conf';
const client: HbaConnection = { ssl: true, database: 'replication', role: 'repl', address: '10.0.0.2' };
const files = (includes: Record<string, string>): HbaFiles => ({ path: PATH, includes });

/** `file:line` of the line that decides. */
function decides(text: string, includes: Record<string, string>, major = 16, change = {}): string {
  const found = firstMatch(parseHba(text, major, files(includes)), { ...client, ...change });
  if (typeof found !== 'object') return String(found);
  return `${found.file ?? 'main'}:${String(found.line)}`;
}

const REJECT = 'host replication all all reject\n';

describe('@files', () => {
  it.each([
    ['host replication @roles all md5', { '/etc/pg/roles': 'a\nrepl # b\n' }, 'main:1'],
    ['host replication @roles all md5', { '/etc/pg/roles': 'a, b' }, 'undefined'],
    ['host replication "@roles" all md5', { '/etc/pg/roles': 'repl' }, 'undefined'],
    ['host replication @/x/roles all md5', { '/x/roles': 'repl' }, 'main:1'],
    ['host replication @../x//./roles all md5', { '/etc/x/roles': 'repl' }, 'main:1'],
    ['host replication @"my roles" all md5', { '/etc/pg/my roles': 'repl' }, 'main:1'],
    ['host replication a,@d/1,b all md5', { '/etc/pg/d/1': '@2', '/etc/pg/d/2': 'repl' }, 'main:1'],
    ['host @dbs repl all md5', { '/etc/pg/dbs': 'replication' }, 'main:1'],
    ['host @dbs repl all md5', { '/etc/pg/dbs': '"replication"' }, 'undefined'],
    ['host replication repl @net md5', { '/etc/pg/net': '10.0.0.0 255.0.0.0' }, 'unknown-before'],
    ['host replication repl @net md5', { '/etc/pg/net': '10.0.0.0/8' }, 'main:1'],
    ['@rule', { '/etc/pg/rule': 'host replication repl all md5' }, 'unknown-before'],
    // A field of nothing is no field: `repl` is the database here.
    ['host @none replication repl all md5', { '/etc/pg/none': '# -\n' }, 'main:1'],
    ['host replication @missing all md5', {}, 'unknown-before'],
    ['host replication @a all md5', { '/etc/pg/a': '@a @a @a @a @a @a @a @a @a @a @a' }, 'unknown-before'],
    ['host replication @roles all md5', { '/etc/pg/roles': '@missing' }, 'unknown-before'],
  ] as const)('%j with %j: %s', (text, includes, expected) => {
    expect(decides(text, includes, 15)).toBe(expected);
  });
});

describe('include directives', () => {
  const includes = {
    '/etc/pg/a.conf': `# one\n${REJECT}`,
    '/etc/pg/other.conf': 'host all all all md5\n',
    '/etc/pg/d/': 'x.conf\ny.conf\n',
    '/etc/pg/d/x.conf': 'local all all peer\n',
    '/etc/pg/d/y.conf': 'include ../a.conf',
  };
  it.each([
    ['include a.conf', '/etc/pg/a.conf:2'],
    ['"include" "a.conf"', '/etc/pg/a.conf:2'],
    ['include_if_exists a.conf', '/etc/pg/a.conf:2'],
    ['include_if_exists nothing', 'undefined'],
    ['include nothing', 'unknown-before'],
    ['include other.conf', 'undefined'],
    [`include other.conf\n${REJECT}`, 'main:2'],
    ['include_dir d', '/etc/pg/a.conf:2'],
    ['include_dir nothing', 'unknown-before'],
    ['include_dir " "', 'unknown-before'],
    ['include a.conf more', 'unknown-before'],
  ])('%j: %s', (text, expected) => {
    expect(decides(text, includes)).toBe(expected);
  });

  it('are errors before 16', () => {
    expect(decides('include other.conf', includes, 15)).toBe('unknown-before');
  });

  it('that lead in circles end', () => {
    const circle = { '/etc/pg/a.conf': 'include a.conf\n'.repeat(50) };
    expect(decides('include a.conf', circle)).toBe('unknown-before');
  });

  it('names what must be read, and no more than that', () => {
    const wanted = (text: string, major = 16): string[] => wantedHbaFiles(text, major, files(includes));
    expect(wanted('include a.conf\ninclude_dir d')).toEqual([]);
    expect(wanted('include b.conf\ninclude_dir e/\nhost all @x all md5')).toEqual([
      '/etc/pg/b.conf',
      '/etc/pg/e/',
      '/etc/pg/x',
    ]);
    expect(wanted('include b.conf # @c\nhost all "@d" all md5', 15)).toEqual([]);
  });
});

describe('our block', () => {
  const line: HbaLine = {
    type: 'hostssl',
    role: 'repl',
    address: '10.0.0.2',
    method: 'scram-sha-256',
    key: 'follower1',
  };

  it('stands before an include whose rule would win, and behind one that has none', () => {
    const text = 'local all all peer\ninclude a.conf\nhost all all all md5\n';
    const edit = (content: string): string =>
      withRunbookBlock(text, [line], 16, files({ '/etc/pg/a.conf': content }));
    const rejected = edit(REJECT).split('\n');
    expect(rejected[2]).toBe(renderHbaLine(line));
    expect(rejected[4]).toBe('include a.conf');
    expect(edit('host all all all md5').startsWith(text)).toBe(true);
    for (const content of [REJECT, '']) expect(withoutRunbookLine(edit(content), 'follower1')).toBe(text);
  });

  it('moves when an included rule comes to stand before it', () => {
    const before = withRunbookBlock('include a.conf\n', [line], 16, files({ '/etc/pg/a.conf': '' }));
    expect(before.startsWith('include')).toBe(true);
    const after = withRunbookBlock(before, [line], 16, files({ '/etc/pg/a.conf': REJECT }));
    expect(after.startsWith('# BEGIN')).toBe(true);
    expect(after.endsWith('include a.conf\n')).toBe(true);
  });

  it('stands before what was not read', () => {
    expect(withRunbookBlock('host replication @x all md5\n', [line]).startsWith('# BEGIN')).toBe(true);
    expect(withRunbookBlock('include x\n', [line], 16).startsWith('# BEGIN')).toBe(true);
  });
});

describe('addresses', () => {
  it.each([
    ['10.2', '10.0.0.2', 'main:1'],
    ['10.2', '10.0.0.3', 'undefined'],
    ['012.0.0.2', '10.0.0.2', 'main:1'],
    ['0xa000002', '10.0.0.2', 'main:1'],
    ['167772162', '10.0.0.2', 'main:1'],
    ['10.256', '10.0.1.0', 'main:1'],
    ['host', '10.0.0.2', 'unknown-before'],
    ['fe80::2%eth0', 'fe80::2', 'unknown-before'],
  ])('%s is read as the C library reads it', (address, from, expected) => {
    const mask = /^[\d.x]+a?\d*$/.test(address) ? '/32' : '';
    expect(decides(`host replication all ${address}${mask} md5`, {}, 15, { address: from })).toBe(expected);
  });

  it('samehost and samenet are decided by the addresses of the server, where they are known', () => {
    const interfaces = ['127.0.0.1/8', '10.0.0.1/24', 'fd00::1/64'];
    const ask = (word: string, address: string): string =>
      decides(`host replication all ${word} md5`, {}, 15, { address, interfaces });
    expect(ask('samenet', '10.0.0.2')).toBe('main:1');
    expect(ask('samenet', '10.0.1.2')).toBe('undefined');
    expect(ask('samenet', 'fd00::2')).toBe('main:1');
    expect(ask('samehost', '10.0.0.2')).toBe('undefined');
    expect(ask('samehost', '10.0.0.1')).toBe('main:1');
    expect(decides('host replication all samenet md5', {}, 15)).toBe('unknown-before');
  });

  it('a role is a member of itself, of others perhaps', () => {
    expect(decides('host replication +repl all md5', {})).toBe('main:1');
    expect(decides('host replication +others all md5', {})).toBe('unknown-before');
  });
});

it('the second of two backslashes at a line end joins, the first is text', () => {
  const lines = parseHba('# comment \\\\\n\nhost replication all all md5\n', 15);
  expect(lines.map(({ line, kind }) => [line, kind])).toEqual([
    [1, 'blank'],
    [3, 'rule'],
  ]);
});
