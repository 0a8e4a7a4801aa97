import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../../../client/config/load-config.js';
import { allKeys } from '../../../../client/config/keys.js';
import { CommandFailure } from '../../../../client/failure.js';

const EXAMPLE = 'docs/runbook.example.yaml';

const MINIMAL = `version: 1
cluster: orders
leader: { name: leader, host: leader.internal, address: 10.0.0.1 }
followers:
  - { name: follower1, host: follower1.internal }
ssh: { user: ops }
`;

function problemOf(text: string, file = '/etc/rb/runbook.yaml') {
  try {
    parseConfig(text, file);
  } catch (error) {
    if (error instanceof CommandFailure) return error.problem;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('docs/runbook.example.yaml', () => {
  it('loads', () => {
    const { config, temporal } = loadConfig(EXAMPLE);
    expect(config.replication.slotWalLimitBytes).toBe(20 * 1024 ** 3);
    expect(config.copy.maxRateBytesPerSecond).toBe(80 * 1024 ** 2);
    expect(config.approval).toEqual({
      approvers: ['alice', 'bob'],
      fourEyes: false,
      expireAfterMs: 3 * 86_400_000,
      validForMs: 86_400_000,
      swap: 'window',
      swapWindow: { beginSecond: 79_200, endSecond: 21_600, timeZone: 'Europe/Berlin' },
      driftWalBytes: 64 * 1024 ** 2,
    });
    expect(temporal).toEqual({ namespace: 'default', taskQueue: 'pg-replication-runbook' });
  });

  it('has every key the schema knows, and the schema every key it has', () => {
    const text = readFileSync(EXAMPLE, 'utf8');
    const alternatives = ['replication.password.file', 'replication.password.env'];
    const shown = keysOf(parseDocument(text).contents, '');
    expect(new Set([...shown, ...alternatives])).toEqual(new Set(allKeys()));
    expect(text).toContain('{ file: PATH }');
    expect(text).toContain('{ env: NAME }');
  });
});

describe('a minimal configuration', () => {
  it('gets the defaults', () => {
    expect(parseConfig(MINIMAL, '/etc/rb/runbook.yaml')).toMatchObject({
      path: '/etc/rb/runbook.yaml',
      config: {
        cluster: 'orders',
        leader: { name: 'leader', host: 'leader.internal', address: '10.0.0.1', sshPort: 22 },
        followers: [{ name: 'follower1', host: 'follower1.internal', sshPort: 22 }],
        ssh: { user: 'ops', identityFile: '~/.ssh/id_ed25519', knownHosts: '~/.ssh/known_hosts' },
        replication: {
          role: 'replication',
          password: { kind: 'generate' },
          acceptUnboundedSlot: false,
          prepareSwitchover: true,
          tls: 'require',
        },
        copy: { concurrency: 1, checkpoint: 'fast' },
        approval: {
          approvers: [],
          fourEyes: false,
          expireAfterMs: 259_200_000,
          validForMs: 86_400_000,
          swap: 'with-plan',
          driftWalBytes: 67_108_864,
        },
      },
      temporal: {},
    });
  });

  it('may keep copies and swaps to a time of day, and have copies compressed', () => {
    const text = `${MINIMAL}copy: { compress: zstd, beginWindow: 22:00-06:00 Europe/Berlin }
approval: { swap: window, swapWindow: " 1:30 - 24:00  UTC" }\n`;
    expect(parseConfig(text, 'x').config).toMatchObject({
      copy: {
        compress: 'zstd',
        beginWindow: { beginSecond: 79_200, endSecond: 21_600, timeZone: 'Europe/Berlin' },
      },
      approval: { swap: 'window', swapWindow: { beginSecond: 5_400, endSecond: 0, timeZone: 'UTC' } },
    });
  });

  it('has the digest it had before there were windows', () => {
    expect(parseConfig(`${MINIMAL}copy: { compress: none }\n`, 'x').digest).toBe(
      parseConfig(MINIMAL, 'x').digest,
    );
  });

  it('ties relative paths to its own folder and leaves ~ to the worker', () => {
    const text = `${MINIMAL}replication: { password: { file: secrets/pw } }\n`.replace(
      'user: ops',
      'user: ops, identityFile: keys/id, knownHosts: ~/kh',
    );
    const { config } = parseConfig(text, '/etc/rb/runbook.yaml');
    expect(config.ssh).toEqual({ user: 'ops', identityFile: '/etc/rb/keys/id', knownHosts: '~/kh' });
    expect(config.replication.password).toEqual({ kind: 'file', path: '/etc/rb/secrets/pw' });
  });
});

describe('configuration errors', () => {
  it.each([
    [
      'a misspelt section',
      `${MINIMAL}replicaton: {}\n`,
      '7:1: unknown key "replicaton"; did you mean "replication"?',
    ],
    [
      'a misspelt safety setting',
      `${MINIMAL}approval:\n  foureyes: true\n`,
      '8:3: unknown key "approval.foureyes"; did you mean "fourEyes"?',
    ],
    [
      'an unknown key of a follower',
      MINIMAL.replace('host: follower1.internal', 'host: f, hba: x'),
      '5:33: unknown key "followers[0].hba"; known here: name, host, sshPort, postgres, address',
    ],
    ['a key of a later version', `${MINIMAL}copy: { parallel: 4 }\n`, '7:9: unknown key "copy.parallel"'],
    ['no user', MINIMAL.replace('user: ops', ''), '6:1: ssh.user is missing'],
    ['no ssh', MINIMAL.replace('ssh: { user: ops }\n', ''), '1:1: ssh is missing'],
    [
      'no address of the leader',
      MINIMAL.replace(', address: 10.0.0.1', ''),
      '3:1: leader.address is missing',
    ],
    [
      'a name for an address',
      MINIMAL.replace('10.0.0.1', 'db.internal'),
      'leader.address: an IP address is needed',
    ],
    [
      'a bad name',
      MINIMAL.replace('name: follower1', 'name: Follower_1'),
      '5:13: followers[0].name: a name is a-z',
    ],
    [
      "the leader's name for a follower",
      MINIMAL.replace('name: follower1', 'name: leader'),
      `5:13: followers[0].name: "leader" is the leader's name`,
    ],
    [
      "a follower called as the leader's part of a run",
      MINIMAL.replace('name: leader', 'name: db1').replace('name: follower1', 'name: leader'),
      `5:13: followers[0].name: "leader" names the leader's part of a run`,
    ],
    [
      'two followers of one name',
      MINIMAL.replace('ssh:', '  - { name: follower1, host: f2 }\nssh:'),
      '6:13: followers[1].name: two followers are called "follower1"',
    ],
    [
      'no followers',
      MINIMAL.replace(/followers:\n.*\n/, 'followers: []\n'),
      '4:12: followers: at least one follower',
    ],
    [
      'a size without a unit',
      `${MINIMAL}replication: { slotWalLimit: 20 }\n`,
      '7:30: replication.slotWalLimit: a size needs a unit',
    ],
    [
      'a bad rate',
      `${MINIMAL}copy: { maxRate: 5GB }\n`,
      '7:18: copy.maxRate: a rate (bytes per second) must lie',
    ],
    [
      'a bad time',
      `${MINIMAL}approval: { validFor: soon }\n`,
      '7:23: approval.validFor: a time is a number with a unit',
    ],
    [
      'a window without its zone',
      `${MINIMAL}copy: { beginWindow: "22:00-06:00" }\n`,
      '7:22: copy.beginWindow: a window needs a time zone, such as "22:00-06:00 Europe/Berlin"',
    ],
    [
      'a window of half a time',
      `${MINIMAL}copy: { beginWindow: 22:00 }\n`,
      '7:22: copy.beginWindow: a window is two times and a zone',
    ],
    [
      'a time of day there is not',
      `${MINIMAL}copy: { beginWindow: "22:00-25:00 UTC" }\n`,
      '7:22: copy.beginWindow: 25:00 is not a time of day',
    ],
    [
      'a window that is never open',
      `${MINIMAL}copy: { beginWindow: "22:00-22:00 UTC" }\n`,
      '7:22: copy.beginWindow: it begins and ends at the same time',
    ],
    [
      'a misspelt zone',
      `${MINIMAL}copy: { beginWindow: "22:00-06:00 Europe/Belin" }\n`,
      '7:22: copy.beginWindow: "Europe/Belin" is not a time zone; did you mean "Europe/Berlin"?',
    ],
    [
      'a city for a zone',
      `${MINIMAL}copy: { beginWindow: "22:00-06:00 Berlin" }\n`,
      '7:22: copy.beginWindow: "Berlin" is not a time zone; did you mean "Europe/Berlin"?',
    ],
    [
      'an offset for a zone',
      `${MINIMAL}copy: { beginWindow: "22:00-06:00 +02:00" }\n`,
      '7:22: copy.beginWindow: "+02:00" is not a time zone; use a name such as Europe/Berlin or UTC',
    ],
    [
      'swaps in no window',
      `${MINIMAL}approval: { swap: window }\n`,
      '7:19: approval.swap: swap: window needs a swapWindow',
    ],
    [
      'a window for swaps that no swap keeps to',
      `${MINIMAL}approval: { swapWindow: "22:00-06:00 UTC" }\n`,
      '7:25: approval.swapWindow: swap: with-plan swaps at any time',
    ],
    [
      'a way to compress there is not',
      `${MINIMAL}copy: { compress: lz4 }\n`,
      '7:19: copy.compress: one of: none, zstd',
    ],
    ['a time without a unit', `${MINIMAL}approval: { validFor: 24 }\n`, 'a time is a number with a unit'],
    ['a password in the file', `${MINIMAL}replication: { password: hunter2 }\n`, 'never the password itself'],
    [
      'a bound and no bound',
      `${MINIMAL}replication: { slotWalLimit: 1GB, acceptUnboundedSlot: true }\n`,
      'keep one of them',
    ],
    [
      'another version',
      MINIMAL.replace('version: 1', 'version: 2'),
      '1:10: version: this program reads version 1',
    ],
    ['a key twice', `${MINIMAL}cluster: other\n`, '7:1: Map keys must be unique'],
    ['broken YAML', `${MINIMAL}copy: {`, ':7:8: '],
    ['a list', '- 1\n', '1:1: '],
    ['nothing', '', '1:1: '],
  ])('%s', (_what, text, expected) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('CONFIG_INVALID');
    expect(`${problem.message}\n${problem.detail ?? ''}`).toContain(expected);
    expect(problem.message).not.toContain('hunter2');
    expect(problem.hint).toBeTruthy();
  });

  it('are told all at once, each at its place', () => {
    const problem = problemOf(
      `${MINIMAL}copy: { concurency: 2 }\napproval: { validFor: 1 }\n`,
      'conf/runbook.yaml',
    );
    expect(problem.message).toBe('runbook.yaml has 2 errors');
    expect(problem.detail?.split('\n')).toEqual([
      'conf/runbook.yaml:7:9: unknown key "copy.concurency"; did you mean "concurrency"?',
      'conf/runbook.yaml:8:23: approval.validFor: a time is a number with a unit, such as 30m, 24h or 3d',
    ]);
  });

  it('a file that is not there', () => {
    expect(() => loadConfig('/nowhere/runbook.yaml')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ code: 'CONFIG_NOT_FOUND', detail: 'ENOENT' }) as unknown,
      }) as Error,
    );
  });
});

describe('the digest', () => {
  it('is of the meaning, not of the text', () => {
    const swapped = MINIMAL.replace(
      'name: leader, host: leader.internal',
      'host: leader.internal, name: leader',
    );
    const file = '/etc/rb/runbook.yaml';
    expect(parseConfig(`# hello\n${swapped}`, file).digest).toBe(parseConfig(MINIMAL, file).digest);
    expect(parseConfig(`${MINIMAL}copy: { concurrency: 2 }\n`, file).digest).not.toBe(
      parseConfig(MINIMAL, file).digest,
    );
  });
});

it('takes exactly the names that can be typed and made into slot names', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9_-]{1,34}$/), (name) => {
      const text = MINIMAL.replace('name: follower1', `name: ${JSON.stringify(name)}`);
      const good = /^[a-z][a-z0-9-]{0,30}$/.test(name) && name !== 'leader';
      if (good) expect(parseConfig(text, 'x').config.followers[0]?.name).toBe(name);
      else expect(problemOf(text).code).toBe('CONFIG_INVALID');
    }),
    { numRuns: 60 },
  );
});

function keysOf(node: unknown, prefix: string): string[] {
  if (isSeq(node)) return node.items.flatMap((item) => keysOf(item, `${prefix}[]`));
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    if (!isPair(pair) || !isScalar(pair.key)) return [];
    const path = prefix === '' ? String(pair.key.value) : `${prefix}.${String(pair.key.value)}`;
    return [path, ...keysOf(pair.value, path)];
  });
}
