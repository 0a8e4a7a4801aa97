import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostAddress } from '../../../activities/hosts/host.js';
import { connectSsh } from '../../../activities/ssh/connect.js';
import { runScript } from '../../../activities/ssh/run.js';
import { problemOf } from './problem-of.js';
import { freePort, generateKey, knownHostsLine, publicKey, startSshd } from './real-sshd.js';
import type { RealSshd } from './real-sshd.js';

const exec = promisify(execFile);

let sshd: RealSshd;
let stranger: string;
beforeAll(async () => {
  sshd = await startSshd();
  stranger = join(sshd.directory, 'stranger');
  await generateKey(stranger);
});
afterAll(() => sshd.stop());

const file = (name: string, text: string | Buffer) => {
  const path = join(sshd.directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const withSsh = (ssh: Partial<HostAddress['ssh']>, rest: Partial<HostAddress> = {}): HostAddress => ({
  ...sshd.address,
  ...rest,
  ssh: { ...sshd.address.ssh, ...ssh },
});
const connectsWith = async (knownHosts: string, rest: Partial<HostAddress> = {}) => {
  const connection = await connectSsh(withSsh({ knownHosts: file('known', knownHosts) }, rest));
  await connection.close();
};
const fingerprintOf = async (keyFile: string) =>
  (await exec('ssh-keygen', ['-l', '-f', `${keyFile}.pub`])).stdout.split(' ')[1] ?? '';

describe('connecting', () => {
  it('logs in with the key and closes', async () => {
    const connection = await connectSsh(sshd.address);
    expect(connection.isOpen).toBe(true);
    await connection.close();
    expect(connection.isOpen).toBe(false);
    await connection.close();
  });

  it('expands ~ in both paths', async () => {
    const below = `~/${relative(homedir(), sshd.directory)}`;
    const connection = await connectSsh(
      withSsh({ identityFile: `${below}/id`, knownHosts: `${below}/known_hosts` }),
    );
    await connection.close();
  });

  it.each(['rsa', 'ecdsa'])('with an %s host key alone', async (type) => {
    const other = await startSshd([], type);
    const connection = await connectSsh(other.address);
    await connection.close();
    await other.stop();
  });

  it('with an RSA key of ours', async () => {
    const rsa = join(sshd.directory, 'id_rsa');
    await generateKey(rsa, ['-t', 'rsa', '-b', '2048']);
    const keys = join(sshd.directory, 'authorized_keys');
    writeFileSync(keys, `${readFileSync(keys, 'utf8')}${readFileSync(`${rsa}.pub`, 'utf8')}`);
    const connection = await connectSsh(withSsh({ identityFile: rsa }));
    await connection.close();
  });

  it('notices that the connection is gone', async () => {
    const connection = await connectSsh(sshd.address);
    for (const child of sshd.children()) process.kill(child, 'SIGKILL');
    await connection.closed;
    expect(connection.isOpen).toBe(false);
  });
});

describe('a frozen host', () => {
  it('does not hold up the end of a connection', async () => {
    const frozen = await startSshd();
    const connection = await connectSsh(frozen.address);
    for (const child of frozen.children()) process.kill(child, 'SIGSTOP');
    const began = Date.now();
    await connection.close();
    expect(Date.now() - began).toBeLessThan(3_000);
    await frozen.stop();
  });

  it('is noticed while the end of a command is waited for', async () => {
    const frozen = await startSshd();
    const connection = await connectSsh(frozen.address);
    const running = problemOf(runScript(connection, 'exec sleep 20'));
    for (const child of frozen.children()) process.kill(child, 'SIGSTOP');
    expect((await running).code).toBe('CONNECTION_LOST');
    await frozen.stop();
  });
});

describe('host keys', () => {
  it('known_hosts missing', async () => {
    const problem = await problemOf(connectSsh(withSsh({ knownHosts: '/nonexistent/known_hosts' })));
    expect(problem).toMatchObject({ code: 'KNOWN_HOSTS_MISSING', host: 'follower1' });
    expect(problem.message).toBe(
      'follower1: known_hosts cannot be read by the worker: /nonexistent/known_hosts',
    );
    expect(problem.detail).toContain('ENOENT');
    expect(problem.hint).toBeDefined();
  });

  it('unknown host: refused before anything is sent', async () => {
    const port = await freePort(); // nothing listens: a packet would end in HOST_UNREACHABLE
    const problem = await problemOf(connectSsh({ ...sshd.address, sshPort: port }));
    expect(problem).toMatchObject({ code: 'HOST_KEY_UNKNOWN', host: 'follower1' });
    expect(problem.detail).toContain(`no key for [127.0.0.1]:${port}`);
    expect(problem.hint).toContain(`[127.0.0.1]:${port}`);
  });

  it('changed host key: both fingerprints, as ssh-keygen prints them', async () => {
    const problem = await problemOf(connectsWith(knownHostsLine(sshd.port, stranger)));
    expect(problem).toMatchObject({ code: 'HOST_KEY_CHANGED', host: 'follower1' });
    expect(problem.detail).toContain(`Shown: ${await fingerprintOf(sshd.hostKeyFile)}`);
    expect(problem.detail).toContain(`${await fingerprintOf(stranger)} (ssh-ed25519)`);
    expect(problem.hint).toContain('reinstalled');
  });

  it('the host has no key of the known type any more', async () => {
    const rsa = join(sshd.directory, 'old_rsa');
    await generateKey(rsa, ['-t', 'rsa', '-b', '2048']);
    const problem = await problemOf(connectsWith(knownHostsLine(sshd.port, rsa)));
    expect(problem).toMatchObject({ code: 'HOST_KEY_CHANGED', host: 'follower1' });
    expect(problem.message).toContain('no longer has a host key of a known type');
    expect(problem.detail).toContain('(ssh-rsa)');
  });

  it('revoked, alone or beside a trusted line of the same key', async () => {
    const line = knownHostsLine(sshd.port, sshd.hostKeyFile);
    for (const text of [`@revoked ${line}`, `${line}@revoked * ${publicKey(sshd.hostKeyFile)}\n`]) {
      const problem = await problemOf(connectsWith(text));
      expect(problem.code).toBe('HOST_KEY_REVOKED');
      expect(problem.detail).toContain(await fingerprintOf(sshd.hostKeyFile));
    }
  });

  it('shown key revoked while another one is trusted', async () => {
    const text = `@revoked * ${publicKey(sshd.hostKeyFile)}\n${knownHostsLine(sshd.port, stranger)}`;
    expect((await problemOf(connectsWith(text))).code).toBe('HOST_KEY_REVOKED');
  });

  it('a certificate authority is no host key', async () => {
    const problem = await problemOf(
      connectsWith(`@cert-authority ${knownHostsLine(sshd.port, sshd.hostKeyFile)}`),
    );
    expect(problem.code).toBe('HOST_KEY_UNKNOWN');
    expect(problem.detail).toContain('@cert-authority');
  });

  it('agrees with the OpenSSH client, file by file', async () => {
    const { port } = sshd;
    const key = publicKey(sshd.hostKeyFile);
    const other = publicKey(stranger);
    const toHash = file('to_hash', knownHostsLine(port, sshd.hostKeyFile));
    await exec('ssh-keygen', ['-q', '-H', '-f', toHash]);
    const files: Record<string, string> = {
      plain: `[127.0.0.1]:${port} ${key}`,
      'hashed by ssh-keygen': readFileSync(toHash, 'utf8'),
      pattern: `[127.0.0.*]:${port} ${key}`,
      'pattern with ?': `[127.0.?.1]:${port} ${key}`,
      negated: `[127.0.0.*]:${port},![127.0.0.1]:${port} ${key}`,
      'two keys, the wrong one first': `[127.0.0.1]:${port} ${other}\n[127.0.0.1]:${port} ${key}`,
      'wrong key': `[127.0.0.1]:${port} ${other}`,
      revoked: `[127.0.0.1]:${port} ${key}\n@revoked * ${key}`,
      'other port': `[127.0.0.1]:1 ${key}`,
      'comment and blank lines': `# a comment\n\n[127.0.0.1]:${port} ${key} a comment`,
      empty: '',
    };
    for (const [name, text] of Object.entries(files)) {
      const ours = await connectsWith(text).then(
        () => true,
        () => false,
      );
      expect({ name, accepted: ours }).toEqual({ name, accepted: await opensshAccepts(text) });
    }
  });
});

async function opensshAccepts(text: string): Promise<boolean> {
  const options = {
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: file('openssh_known', text),
    GlobalKnownHostsFile: '/dev/null',
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    UpdateHostKeys: 'no',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const target = ['-i', join(sshd.directory, 'id'), '-p', String(sshd.port), 'root@127.0.0.1', 'true'];
  return exec('ssh', ['-F', '/dev/null', ...flags, ...target]).then(
    () => true,
    () => false,
  );
}

describe('our key', () => {
  it('refused by the host', async () => {
    const problem = await problemOf(connectSsh(withSsh({ identityFile: stranger })));
    expect(problem).toMatchObject({ code: 'SSH_KEY_REFUSED', host: 'follower1' });
    expect(problem.message).toBe(`follower1: the host refuses the key ${stranger} for user root`);
    expect(problem.hint).toContain('authorized_keys');
  });

  it('refused for another user', async () => {
    const problem = await problemOf(connectSsh(withSsh({ user: 'nosuchuser' })));
    expect(problem.code).toBe('SSH_KEY_REFUSED');
    expect(problem.message).toContain('nosuchuser');
  });

  it('unreadable in every way there is', async () => {
    const encrypted = join(sshd.directory, 'encrypted');
    copyFileSync(stranger, encrypted);
    await exec('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret phrase', '-f', encrypted]);
    const pkcs8 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const cases: [string, RegExp, RegExp][] = [
      ['/nonexistent/id', /cannot be read by the worker: \/nonexistent\/id/, /worker/],
      [encrypted, /cannot be used/, /passphrase/],
      [file('pkcs8', pkcs8), /cannot be used/, /OpenSSH format/],
      [file('garbage', 'not a key\n'), /cannot be used/, /OpenSSH format/],
      [`${stranger}.pub`, /holds no private key/, /\.pub/],
    ];
    for (const [identityFile, message, hint] of cases) {
      const problem = await problemOf(connectSsh(withSsh({ identityFile })));
      expect(problem).toMatchObject({ code: 'SSH_KEY_UNREADABLE', host: 'follower1' });
      expect(problem.message).toMatch(message);
      expect(problem.hint).toMatch(hint);
    }
  });
});

describe('no way to the host', () => {
  const knowing = (host: string, port: number) =>
    withSsh(
      { knownHosts: file('any', `* ${publicKey(stranger)}\n[*]:* ${publicKey(stranger)}\n`) },
      { host, sshPort: port },
    );

  it('nothing listens', async () => {
    const port = await freePort();
    const problem = await problemOf(connectSsh(knowing('127.0.0.1', port)));
    expect(problem).toMatchObject({ code: 'HOST_UNREACHABLE', host: 'follower1' });
    expect(problem.message).toBe('follower1: nothing listens on its ssh port');
    expect(problem.detail).toContain(`Tried 127.0.0.1 port ${port}. connect ECONNREFUSED`);
  });

  it('the name does not resolve', async () => {
    const problem = await problemOf(connectSsh(knowing('db1.invalid', 22)));
    expect(problem.code).toBe('HOST_UNREACHABLE');
    expect(problem.message).toBe('follower1: the name db1.invalid does not resolve');
  });

  it('something answers that never says a word', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const problem = await problemOf(connectSsh(knowing('127.0.0.1', port), { deadlineMs: 300 }));
    silent.close();
    expect(problem.code).toBe('HOST_UNREACHABLE');
    expect(problem.message).toContain('the ssh login did not end within 0.3 s');
  });

  it('something answers that is not sshd', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => web.once('listening', resolve));
    const { port } = web.address() as AddressInfo;
    const problem = await problemOf(connectSsh(knowing('127.0.0.1', port)));
    web.close();
    expect(problem.code).toBe('HOST_UNREACHABLE');
    expect(problem.message).toContain('broke before the login was done');
  });
});
