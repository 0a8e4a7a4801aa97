import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookUpKnownHost, parseKnownHosts } from '../../../activities/ssh/known-hosts.js';

const blob = (type: string, rest = 'x') => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type + rest)]).toString('base64');
};
const ED = `ssh-ed25519 ${blob('ssh-ed25519')}`;
const OTHER_ED = `ssh-ed25519 ${blob('ssh-ed25519', 'other')}`;
const RSA = `ssh-rsa ${blob('ssh-rsa')}`;
const ECDSA = `ecdsa-sha2-nistp256 ${blob('ecdsa-sha2-nistp256')}`;

const hashed = (name: string) => {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
};

const trusts = (text: string, host = 'db1.example.com', port = 22) =>
  lookUpKnownHost(text, host, port).trusted.length > 0;

describe('which lines name a host', () => {
  it.each<[string, string, number, boolean]>([
    ['db1.example.com', 'db1.example.com', 22, true],
    ['DB1.example.com', 'db1.EXAMPLE.com', 22, true],
    ['db1.example.com,10.0.0.1', '10.0.0.1', 22, true],
    ['db1', 'db1.example.com', 22, false],
    ['*.example.com', 'db1.example.com', 22, true],
    ['*.example.com', 'example.com', 22, false],
    ['db?.example.com', 'db1.example.com', 22, true],
    ['db?.example.com', 'db10.example.com', 22, false],
    ['db1xexample.com', 'db1.example.com', 22, false],
    ['db1.example.com', 'db1xexample.com', 22, false],
    ['*,!db1.example.com', 'db1.example.com', 22, false],
    ['!db1.example.com,*', 'db1.example.com', 22, false],
    ['!db2.example.com,*', 'db1.example.com', 22, true],
    ['!db1.example.com', 'db2.example.com', 22, false],
    ['[db1]:2222', 'db1', 2222, true],
    ['[db1]:2222', 'db1', 22, false],
    ['db1', 'db1', 2222, false],
    ['[*]:2222', 'db1', 2222, true],
    ['::1', '::1', 22, true],
    ['[::1]:2222', '::1', 2222, true],
    [hashed('db1'), 'DB1', 22, true],
    [hashed('db1'), 'db2', 22, false],
    [hashed('[db1]:2222'), 'db1', 2222, true],
    ['|2|x|y', 'db1', 22, false],
    ['|1|x', 'db1', 22, false],
  ])('%s for %s port %i: %s', (hosts, host, port, expected) => {
    expect(trusts(`${hosts} ${ED}\n`, host, port)).toBe(expected);
  });
});

describe('which lines are trusted', () => {
  it.each<[string, string, boolean]>([
    ['comment', `# db1.example.com ${ED}`, false],
    ['indented, tabs, comment after the key, CRLF', `\t db1.example.com\t${ED} root@db1\r`, true],
    ['no key', 'db1.example.com ssh-ed25519', false],
    ['type that is not the key’s', `db1.example.com ssh-ed25519 ${blob('ssh-rsa')}`, false],
    ['key that is not base64', 'db1.example.com ssh-ed25519 %%%', false],
    ['type ssh2 does not know', `db1.example.com ssh-dss ${blob('ssh-dss')}`, false],
    ['certificate authority', `@cert-authority db1.example.com ${ED}`, false],
    ['unknown marker', `@trusted db1.example.com ${ED}`, false],
    ['revoked', `@revoked db1.example.com ${ED}`, false],
    ['revoked after it was trusted', `db1.example.com ${ED}\n@revoked * ${ED}`, false],
    ['another key revoked', `db1.example.com ${ED}\n@revoked * ${OTHER_ED}`, true],
    ['revoked for another host', `db1.example.com ${ED}\n@revoked db2 ${ED}`, true],
  ])('%s', (_, text, expected) => {
    expect(trusts(text)).toBe(expected);
  });

  it('keeps revoked keys and says that there is an authority', () => {
    const known = lookUpKnownHost(`@revoked h ${ED}\n@cert-authority h ${RSA}\n`, 'h', 22);
    expect(known).toMatchObject({ name: 'h', trusted: [], hasAuthority: true, algorithms: [] });
    expect(known.revoked).toHaveLength(1);
  });

  it('asks for the algorithms of the known types, never for SHA-1', () => {
    const text = `h ${RSA}\nh ${ECDSA}\nh ${ED}\nother ${ED}\nh ${OTHER_ED}\n`;
    expect(lookUpKnownHost(text, 'h', 22).algorithms).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
    ]);
  });
});

describe('properties', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);

  it('a hashed name matches that name alone', () => {
    fc.assert(
      fc.property(name, name, (one, two) => {
        const text = `${hashed(one)} ${ED}\n`;
        expect(trusts(text, one)).toBe(true);
        expect(trusts(text, two)).toBe(one === two);
      }),
      { numRuns: 100 },
    );
  });

  it('a revoked key is trusted nowhere in the file', () => {
    const line = fc.tuple(fc.constantFrom('h', '*', 'h,x', '?'), fc.constantFrom(ED, RSA, OTHER_ED));
    fc.assert(
      fc.property(fc.array(line), fc.nat(), (lines, position) => {
        const texts = lines.map(([hosts, key]) => `${hosts} ${key}`);
        texts.splice(position % (texts.length + 1), 0, `@revoked h ${ED}`);
        const known = lookUpKnownHost(texts.join('\n'), 'h', 22);
        expect(known.trusted.every((entry) => entry.key.toString('base64') !== ED.split(' ')[1])).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Array.isArray(parseKnownHosts(text))).toBe(true);
        lookUpKnownHost(text, 'h', 22);
      }),
      { numRuns: 200 },
    );
  });
});
