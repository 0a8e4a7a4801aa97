import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { program, startPostgres } from '../../postgres/real-postgres.js';

const exec = promisify(execFile);

/** A real server to compare our reading of its files with. */
export interface TestCluster {
  dataDirectory: string;
  majorVersion: number;
  client: pg.Client;
  /** Runs one of the server's own programs as its account, with stdout as the result. */
  run(name: string, args: string[]): Promise<string>;
  remove(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const server = await startPostgres();
  const run = async (name: string, args: string[]): Promise<string> => {
    const argv = ['--reuid=postgres', '--regid=postgres', '--init-groups', program(name), ...args];
    const { stdout } = await exec('setpriv', argv, { env: { ...process.env, LC_ALL: 'C' } });
    return stdout;
  };
  try {
    const password = randomBytes(12).toString('hex');
    const socket = server.endpoint.socketDirectory;
    const statement = `CREATE ROLE tester SUPERUSER LOGIN PASSWORD '${password}'`;
    await run('psql', ['-X', '-h', socket, '-p', String(server.port), '-d', 'postgres', '-c', statement]);
    const client = new pg.Client({
      host: '127.0.0.1',
      port: server.port,
      database: 'postgres',
      user: 'tester',
      password,
    });
    await client.connect();
    return {
      dataDirectory: join(dirname(socket), 'data'),
      majorVersion: Number(server.endpoint.version),
      client,
      run,
      async remove() {
        await client.end();
        await server.remove();
      },
    };
  } catch (error) {
    await server.remove();
    throw error;
  }
}
