import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostAddress } from '../../../activities/hosts/host.js';
import { until } from './until.js';

const exec = promisify(execFile);

/** A real sshd on loopback, with keys and configuration of its own. Whoever runs the tests logs in as root. */
export interface RealSshd {
  directory: string;
  port: number;
  pid: number;
  hostKeyFile: string;
  address: HostAddress;
  /** Processes that serve the open connections. */
  children(): number[];
  stop(): Promise<void>;
}

export async function startSshd(config: string[] = [], hostKeyType = 'ed25519'): Promise<RealSshd> {
  const directory = mkdtempSync(join(tmpdir(), 'sshd-'));
  const port = await freePort();
  const hostKeyFile = join(directory, 'host_key');
  await generateKey(hostKeyFile, ['-t', hostKeyType]);
  await generateKey(join(directory, 'id'));
  writeFileSync(join(directory, 'authorized_keys'), readFileSync(join(directory, 'id.pub')));
  writeFileSync(join(directory, 'known_hosts'), knownHostsLine(port, hostKeyFile));
  writeFileSync(join(directory, 'sshd_config'), sshdConfig(directory, port, hostKeyFile, config));
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // privilege separation; no configuration moves it

  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  sshd.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const pid = sshd.pid ?? 0;
  await until(
    () => answers(port),
    () => `sshd does not answer: ${log}`,
  );

  const children = () => childrenOf(pid);
  return {
    directory,
    port,
    pid,
    hostKeyFile,
    address: {
      name: 'follower1',
      host: '127.0.0.1',
      sshPort: port,
      ssh: { user: 'root', identityFile: join(directory, 'id'), knownHosts: join(directory, 'known_hosts') },
    },
    children,
    async stop() {
      for (const child of children()) killQuietly(child);
      if (sshd.exitCode === null) {
        const ended = new Promise((resolve) => sshd.once('exit', resolve));
        sshd.kill('SIGTERM');
        await ended;
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function generateKey(file: string, options: string[] = ['-t', 'ed25519']): Promise<void> {
  await exec('ssh-keygen', ['-q', '-N', '', '-C', 'test', ...options, '-f', file]);
}

/** `[127.0.0.1]:port type key` */
export const knownHostsLine = (port: number, keyFile: string): string =>
  `[127.0.0.1]:${port} ${publicKey(keyFile)}\n`;

/** `type key`, without the comment. */
export const publicKey = (keyFile: string): string =>
  readFileSync(`${keyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim();

export function killQuietly(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended by itself
  }
}

const sshdConfig = (directory: string, port: number, hostKeyFile: string, rest: string[]) =>
  [
    ...rest, // first value wins
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    `SetEnv HOME=${directory}`, // bash under sshd reads ~/.bashrc, and root's may print or take long
    'PasswordAuthentication no',
    '',
  ].join('\n');

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(parent);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
