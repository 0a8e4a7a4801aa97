import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runInit } from '../../../../client/commands/init.js';
import { loadConfig } from '../../../../client/config/load-config.js';
import { CommandFailure } from '../../../../client/failure.js';
import type { InitTools } from '../../../../client/init/gather-draft.js';
import type { SshAnswer } from '../../../../client/init/ssh-answer.js';
import type { CommandOptions } from '../../../../client/options.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';
import { testIo } from '../test-io.js';

const GIVEN: CommandOptions = { cluster: 'orders', leader: 'db1', followers: ['db2'] };

interface Scene {
  options?: CommandOptions;
  /** By host as typed; the others are as ssh without a configuration says. */
  ssh?: Record<string, Partial<SshAnswer>> | 'absent' | 'failed';
  addresses?: Record<string, string[]>;
  types?: (string | undefined)[];
  schema?: string;
  /** Files that are in the home directory. */
  home?: string[];
  onQuestion?: (io: ReturnType<typeof testIo>, folder: string) => void;
}

async function init(scene: Scene) {
  const folder = join(temporaryDirectory(), 'shop');
  const home = join(folder, 'home');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  for (const file of scene.home ?? []) writeFileSync(join(home, file), '');
  const typed = [...(scene.types ?? [])];
  const io = testIo({
    cwd: folder,
    env: { HOME: home, USER: 'alice' },
    ...(scene.types === undefined
      ? {}
      : {
          answers: () => {
            scene.onQuestion?.(io, folder);
            return typed.shift();
          },
        }),
  });
  const { ssh = {}, addresses = {}, options = {} } = scene;
  const tools: InitTools = {
    askSsh: (host) => {
      if (ssh === 'absent') return Promise.resolve({ kind: 'absent' });
      if (ssh === 'failed')
        return Promise.resolve({ kind: 'failed', reason: 'line 3: Bad configuration option' });
      const plain = {
        hostname: host.replace(/^.*@/, ''),
        user: 'alice',
        port: 22,
        identityFiles: ['~/.ssh/id_rsa', '~/.ssh/id_ed25519'],
        knownHostsFiles: [`${home}/.ssh/known_hosts`],
        proxied: false,
      };
      return Promise.resolve({ kind: 'read', answer: { ...plain, ...ssh[host] } });
    },
    resolve: (host) => Promise.resolve(addresses[host] ?? ['10.0.0.1']),
    ...(scene.schema === undefined ? {} : { schema: scene.schema }),
  };
  const file = join(folder, 'runbook.yaml');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  let code: number | undefined;
  let failure: CommandFailure | undefined;
  try {
    code = await runInit(options, io, tools);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    failure = error;
  }
  const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const files = readdirSync(folder).filter((name) => name !== 'home');
  return { code, failure, text, before, files, file, folder, io, out: io.out(), err: io.err() };
}

const configOf = ({ file }: { file: string }) => loadConfig(file).config;

describe('init from options', () => {
  it('writes a configuration that is one, and says what comes next', async () => {
    const done = await init({ options: GIVEN, home: ['.ssh/id_ed25519', '.ssh/known_hosts'] });
    expect(done.code).toBe(0);
    expect(configOf(done)).toMatchObject({
      cluster: 'orders',
      leader: { name: 'db1', host: 'db1', address: '10.0.0.1', sshPort: 22 },
      followers: [{ name: 'db2', host: 'db2' }],
      ssh: { user: 'alice', identityFile: '~/.ssh/id_ed25519', knownHosts: '~/.ssh/known_hosts' },
      replication: { slotWalLimitBytes: 20 * 1024 ** 3, tls: 'require' },
    });
    expect(done.text).not.toContain('CHECK');
    expect(done.files).toEqual(['runbook.yaml']);
    expect(done.out).toMatch(/^wrote .*runbook\.yaml: cluster orders, leader db1, followers db2\n/);
    expect(done.out).toMatch(/ {2}runbook doctor\n {2}runbook plan\n$/);
  });

  it('takes from ssh what the worker does not read itself', async () => {
    const done = await init({
      options: { ...GIVEN, followers: ['db2', 'bob@db3'] },
      home: ['.ssh/work'],
      ssh: {
        db1: { hostname: 'db1.internal', user: 'ops', port: 2222, identityFiles: ['~/.ssh/work'] },
        db2: { hostname: '10.0.0.2', user: 'ops', identityFiles: ['~/.ssh/work'], proxied: true },
        'bob@db3': { user: 'bob', identityFiles: ['~/.ssh/work'] },
      },
    });
    expect(configOf(done)).toMatchObject({
      leader: { name: 'db1', host: 'db1.internal', sshPort: 2222 },
      followers: [
        { name: 'db2', host: '10.0.0.2', sshPort: 22 },
        { name: 'db3', host: 'db3' },
      ],
      ssh: { user: 'ops', identityFile: '~/.ssh/work' },
    });
    expect(done.text).toContain('host: db1.internal # db1 in ~/.ssh/config');
    expect(done.text).toContain(
      '# CHECK: ssh takes the user bob for bob@db3; the runbook has one for all hosts',
    );
    expect(done.text).toContain('# CHECK: ssh reaches db2 through a jump host');
    expect(done.out).toContain('check:   ssh reaches db2 through a jump host');
  });

  it('never takes a key that needs a finger on it, nor one that is not there', async () => {
    const identityFiles = ['~/.ssh/gone', '~/.ssh/id_ed25519_sk', 'relative', '~/.ssh/third'];
    const done = await init({
      options: GIVEN,
      home: ['.ssh/id_ed25519_sk', '.ssh/third'],
      ssh: { db1: { identityFiles } },
    });
    expect(configOf(done).ssh.identityFile).toBe('~/.ssh/third');
  });

  it.each<[string, 'absent' | 'failed', string]>([
    ['without ssh', 'absent', 'there is no ssh on this machine; these are defaults'],
    ['with a broken ssh_config', 'failed', 'ssh -G db1 failed (line 3: Bad configuration option)'],
  ])('%s goes on with defaults, and says so', async (_what, ssh, remark) => {
    const done = await init({ options: GIVEN, ssh });
    expect(done.code).toBe(0);
    expect(configOf(done).ssh).toEqual({
      user: 'alice',
      identityFile: '~/.ssh/id_ed25519',
      knownHosts: '~/.ssh/known_hosts',
    });
    expect(done.text).toContain(`# CHECK: ${remark}`);
    expect(done.out.replaceAll(/\s+/g, ' ')).toContain(`check: ${remark}`);
  });

  it.each([
    [
      'several addresses',
      ['10.0.0.1', '10.9.0.1'],
      '10.0.0.1',
      'db1 has several addresses (10.0.0.1, 10.9.0.1)',
    ],
    ['one that leads elsewhere among loopbacks', ['127.0.1.1', '10.0.0.1'], '10.0.0.1', undefined],
    [
      'only loopback',
      ['127.0.1.1', '::1'],
      '127.0.1.1',
      'here db1 is 127.0.1.1, which leads to this machine only',
    ],
    ['no address', [], '192.0.2.1', 'db1 has no address that can be found here; 192.0.2.1 is nobody'],
  ])('a leader with %s', async (_what, addresses, address, remark) => {
    const done = await init({ options: GIVEN, addresses: { db1: addresses } });
    expect(configOf(done).leader.address).toBe(address);
    if (remark === undefined) expect(done.text).not.toContain('CHECK');
    else expect(done.text).toContain(`  # CHECK: ${remark}`);
  });

  it('as JSON says the same to a program', async () => {
    const done = await init({
      options: { ...GIVEN, file: 'x y.yaml', json: true },
      addresses: { db1: ['10.0.0.1', '10.0.0.9'] },
    });
    expect(done.files).toEqual(['x y.yaml']);
    expect(JSON.parse(done.out)).toEqual({
      file: join(done.folder, 'x y.yaml'),
      cluster: 'orders',
      checks: [expect.stringMatching(/^leader.address: db1 has several addresses/)],
      next: ['doctor', 'plan'].map((name) => `runbook ${name} --config '${join(done.folder, 'x y.yaml')}'`),
    });
  });

  it('names the schema that is there', async () => {
    const done = await init({ options: GIVEN, schema: 'file:///opt/runbook.schema.json' });
    expect(done.text?.split('\n')[0]).toBe('# yaml-language-server: $schema=file:///opt/runbook.schema.json');
  });

  it.each<[CommandOptions, string]>([
    [{}, 'without a terminal init needs --leader HOST and --follower HOST'],
    [{ leader: 'db1' }, 'without a terminal init needs --follower HOST'],
    [{ ...GIVEN, cluster: 'Orders' }, '"Orders" is no cluster name'],
    [{ ...GIVEN, leader: '-oProxyCommand=x' }, '"-oProxyCommand=x" is no host name'],
    [{ ...GIVEN, followers: ['db2', 'db2'] }, '"db2" is named twice'],
    [{ ...GIVEN, followers: ['db1'] }, '"db1" is named twice'],
  ])('%j is a mistake', async (options, message) => {
    const { failure, files } = await init({ options });
    expect(failure?.problem.code).toBe('USAGE');
    expect(failure?.problem.message).toContain(message);
    expect(files).toEqual([]);
  });
});

describe('init on a terminal', () => {
  it('asks for what is missing, with defaults that an empty line takes', async () => {
    const done = await init({
      types: ['', 'db1', 'db2', 'db3', '', '10.9.0.1'],
      addresses: { db1: ['10.0.0.1', '10.9.0.1'] },
    });
    expect(done.code).toBe(0);
    expect(configOf(done)).toMatchObject({
      cluster: 'shop',
      leader: { name: 'db1', address: '10.9.0.1' },
      followers: [{ name: 'db2' }, { name: 'db3' }],
    });
    expect(done.text).not.toContain('CHECK');
    expect(done.err).toContain('Name of the cluster [shop]: ');
    expect(done.err).toContain('that followers connect to [10.0.0.1]: ');
  });

  it('asks nothing that the options say', async () => {
    const done = await init({ options: GIVEN, types: [] });
    expect([done.code, done.err]).toEqual([0, '']);
  });

  it('asks again after a wrong answer', async () => {
    const done = await init({ types: ['Shop!', 'shop', '-x', 'db1', 'db1', 'db2', ''] });
    expect(done.code).toBe(0);
    expect(done.err).toContain('"Shop!" is no cluster name');
    expect(done.err).toContain('"-x" is no host name');
    expect(done.err).toContain('"db1" is named twice');
  });

  it.each<[string, (string | undefined)[], string[]]>([
    ['end of file at once', [undefined], []],
    ['end of file after some answers', ['shop', 'db1', 'db2', undefined], []],
    ['end of file at the address', ['shop', 'db1', 'db2', '', undefined], ['127.0.0.1']],
    ['empty answers where one is needed', ['shop', '', '', ''], []],
    ['empty answers for an address nobody knows', ['shop', 'db1', 'db2', '', '', '', ''], []],
  ])('writes nothing at %s', async (_what, types, addresses) => {
    const { failure, files } = await init({ types, addresses: { db1: addresses } });
    expect(failure?.problem.code).toBe('USAGE');
    expect(failure?.problem.message).toContain('nothing was written');
    expect(files).toEqual([]);
  });

  it.each([0, 1, 2, 3])('writes nothing at Ctrl-C, question %i', async (question) => {
    let asked = 0;
    const answers = ['shop', 'db1', 'db2', ''];
    const { code, files, err } = await init({
      types: answers.map((answer, index) => (index === question ? undefined : answer)),
      onQuestion: (io) => {
        if (asked === question) io.interrupt();
        asked += 1;
      },
    });
    expect([code, files]).toEqual([130, []]);
    expect(err).toMatch(/Nothing was written\.\n$/);
  });
});

describe('a file that is there', () => {
  const attempt = (make: (folder: string) => void, options: CommandOptions = {}) => {
    const folder = temporaryDirectory();
    make(folder);
    return {
      folder,
      run: runInit({ ...GIVEN, ...options }, testIo({ cwd: folder }), {
        askSsh: () => Promise.resolve({ kind: 'absent' }),
        resolve: () => Promise.resolve(['10.0.0.1']),
      }),
    };
  };
  const code = (wanted: string) =>
    expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) as unknown }) as Error;

  it('is left as it is', async () => {
    const { folder, run } = attempt((at) => {
      writeFileSync(join(at, 'runbook.yaml'), 'mine');
    });
    await expect(run).rejects.toEqual(code('CONFIG_EXISTS'));
    expect(readFileSync(join(folder, 'runbook.yaml'), 'utf8')).toBe('mine');
  });

  it('also as a link that leads nowhere', async () => {
    const { folder, run } = attempt((at) => {
      symlinkSync('nowhere', join(at, 'runbook.yaml'));
    });
    await expect(run).rejects.toEqual(code('CONFIG_EXISTS'));
    expect(lstatSync(join(folder, 'runbook.yaml')).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['runbook.yaml']);
  });

  it('also when it comes while questions are asked', async () => {
    const done = await init({
      types: ['shop', 'db1', 'db2', ''],
      onQuestion: (_io, folder) => {
        writeFileSync(join(folder, 'runbook.yaml'), 'mine');
      },
    });
    expect(done.failure?.problem.code).toBe('CONFIG_EXISTS');
    expect([done.text, done.files]).toEqual(['mine', ['runbook.yaml']]);
  });

  it('in a directory that is not there cannot be made', async () => {
    const { folder, run } = attempt(() => undefined, { file: 'no/such/runbook.yaml' });
    await expect(run).rejects.toEqual(code('CONFIG_NOT_WRITTEN'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('the text is YAML of the keys that matter, with the others as comments', async () => {
  const { text } = await init({ options: GIVEN });
  expect(Object.keys(parse(text ?? '') as object)).toEqual([
    'version',
    'cluster',
    'leader',
    'followers',
    'ssh',
    'replication',
  ]);
  expect(text).toContain('# approval:\n#   approvers: [alice, bob]');
});
