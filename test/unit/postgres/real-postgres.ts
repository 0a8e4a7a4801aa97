import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SqlEndpoint } from '../../../activities/hosts/host.js';
import { freePort } from '../ssh/real-sshd.js';
import { until } from '../ssh/until.js';

const exec = promisify(execFile);

const LIB = '/usr/lib/postgresql';
const VERSION = Math.max(...readdirSync(LIB).map(Number).filter(Number.isFinite));
export const program = (name: string): string => join(LIB, String(VERSION), 'bin', name);

/** A real server with a cluster of its own: peer on its socket, SCRAM on loopback. */
export interface RealPostgres {
  endpoint: SqlEndpoint;
  port: number;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  remove(): Promise<void>;
}

/** With a leader: a standby of it that streams over its socket. */
export async function startPostgres(leader?: RealPostgres): Promise<RealPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'pg-'));
  const data = join(directory, 'data');
  const sockets = join(directory, "socket's dir"); // whatever a path may hold must survive the login shell
  chmodSync(directory, 0o755);
  mkdirSync(data, { mode: 0o700 });
  mkdirSync(sockets);
  await exec('chown', ['postgres:', data, sockets]);
  await exec(...asPostgres(...(leader === undefined ? initdb(data) : baseBackup(data, leader))));
  writeFileSync(
    join(data, 'pg_hba.conf'),
    'local all all peer\nlocal replication all peer\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  const port = await freePort();
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: `"${sockets}"`,
    fsync: 'off',
    shared_buffers: '16MB',
  };
  appendFileSync(
    join(data, 'postgresql.conf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
      .join(''),
  );

  let server: ChildProcess | undefined;
  const postgres: RealPostgres = {
    endpoint: { socketDirectory: sockets, port, osUser: 'postgres', version: String(VERSION) },
    port,
    async start() {
      let log = '';
      server = spawn(...asPostgres(program('postgres'), ['-D', data]), {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      server.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
      await until(
        () => isReady(port),
        () => `PostgreSQL does not come up: ${log}`,
      );
    },
    async stop(signal = 'SIGINT') {
      if (server === undefined || server.exitCode !== null) return;
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      server.kill(signal);
      await ended;
      server = undefined;
    },
    async remove() {
      await postgres.stop('SIGQUIT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

const initdb = (data: string): [string, string[]] => [
  program('initdb'),
  ['-D', data, '-A', 'peer', '--no-sync', '-E', 'UTF8', '--locale=C'],
];

const baseBackup = (data: string, { endpoint, port }: RealPostgres): [string, string[]] => [
  program('pg_basebackup'),
  ['-D', data, '-R', '-c', 'fast', '--no-sync', '-h', endpoint.socketDirectory, '-p', String(port)],
];

function asPostgres(command: string, args: string[]): [string, string[]] {
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', command, ...args]];
}

const isReady = (port: number): Promise<boolean> =>
  exec(program('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).then(
    () => true,
    () => false,
  );
