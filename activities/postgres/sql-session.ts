import { join } from 'node:path';
import pg from 'pg';
import type { QueryConfig } from 'pg';
import { stepFailure } from '../failures.js';
import type { SqlEndpoint, SqlSession } from '../hosts/host.js';
import type { SshConnection } from '../ssh/connection.js';
import type { RelayInterpreter } from '../ssh/relay-program.js';
import { RelayError, RelayStream } from '../ssh/relay-stream.js';
import { loginFailure, PasswordAsked, statementFailure } from './sql-error.js';

const CONNECT_TIMEOUT_MS = 15_000;
const INTERPRETERS: readonly RelayInterpreter[] = ['perl', 'python3'];

/**
 * Opens a superuser's session on the host's local socket for as long as `use` runs.
 *
 * Throws POSTGRES_UNAVAILABLE when there is no server to talk to, SUDO_REFUSED or HOST_TOOLS_MISSING
 * when the relay cannot start, POSTGRES_ERROR (a SqlError) for what the server refuses and
 * CONNECTION_LOST when the outcome of a statement is unknown.
 */
export async function withSqlSession<T>(
  connection: SshConnection,
  endpoint: SqlEndpoint,
  use: (session: SqlSession) => Promise<T>,
): Promise<T> {
  const release = await connection.sqlSessions.acquire();
  try {
    const session = await openWithAnyInterpreter(connection, endpoint);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  } finally {
    release();
  }
}

async function openWithAnyInterpreter(
  connection: SshConnection,
  endpoint: SqlEndpoint,
): Promise<RelaySession> {
  for (const interpreter of INTERPRETERS) {
    const session = new RelaySession(connection, endpoint, interpreter);
    try {
      await session.open();
      return session;
    } catch (error) {
      await session.close(); // also after a failure: a refused login leaves its channel open
      if (!isMissing(error, interpreter)) throw loginFailure(connection.name, error);
    }
  }
  throw stepFailure('HOST_TOOLS_MISSING', connection.name, 'neither perl nor python3 is installed', {
    detail: 'One of them carries SQL between ssh and the local socket of PostgreSQL.',
    hint: 'Install the package perl-base or python3 on the host.',
  });
}

const isMissing = (error: unknown, interpreter: RelayInterpreter): boolean =>
  error instanceof RelayError &&
  !error.connected &&
  new RegExp(`\\b${interpreter}'?: (command not found|no such file)`, 'i').test(error.stderr);

class RelaySession implements SqlSession {
  readonly #host: string;
  readonly #client: pg.Client;
  readonly #stream: RelayStream;
  /** One loss brings up to three errors; the first names the reason. */
  #firstLoss: Error | undefined;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(connection: SshConnection, endpoint: SqlEndpoint, interpreter: RelayInterpreter) {
    const socketPath = join(endpoint.socketDirectory, `.s.PGSQL.${endpoint.port}`);
    this.#host = connection.name;
    this.#stream = new RelayStream(connection, { socketPath, osUser: endpoint.osUser }, interpreter);
    this.#client = createClient(endpoint, this.#stream);
    this.#client.on('error', (error) => (this.#firstLoss ??= error));
  }

  open(): Promise<unknown> {
    return this.#client.connect();
  }

  /** Never throws, and never before `open()` has settled: pg would then leave `open()` pending for ever. */
  async close(): Promise<void> {
    await this.#previous;
    await this.#client.end().catch(() => undefined);
    await this.#stream.gone;
  }

  query<Row extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    // One at a time: pg's own queue of queries is deprecated.
    const result = this.#previous.then(() => this.#execute<Row>(text, values));
    this.#previous = result.catch(() => undefined);
    return result;
  }

  async #execute<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    // The extended protocol takes one statement, also without parameters: text that came together
    // wrongly cannot smuggle in a second one.
    const statement: QueryConfig & { queryMode: 'extended' } = { text, values, queryMode: 'extended' };
    try {
      return (await this.#client.query<Row>(statement)).rows;
    } catch (error) {
      throw statementFailure(this.#host, error, this.#firstLoss);
    }
  }
}

function createClient(endpoint: SqlEndpoint, stream: RelayStream): pg.Client {
  return new pg.Client({
    stream: () => stream,
    user: endpoint.osUser,
    database: 'postgres',
    application_name: 'pg-replication-runbook',
    ssl: false, // explicit, or PGSSLMODE of the worker's environment decides
    password: () => {
      throw new PasswordAsked('PostgreSQL asked for a password');
    },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: sessionOptions(endpoint.version),
  });
}

function sessionOptions(version: string): string {
  const settings = [
    // A COMMIT on the leader must not wait for the very followers that are being set up.
    'synchronous_commit=local',
    'statement_timeout=60s',
    'lock_timeout=5s',
    // The same answers on every host, and nobody's function of the same name before the built-in one.
    'search_path=pg_catalog',
    'datestyle=ISO',
    'timezone=UTC',
    'lc_messages=C',
  ];
  // Without it a query lives on when the relay is gone. An unknown setting would refuse the login.
  if (Number.parseInt(version, 10) >= 14) settings.push('client_connection_check_interval=5s');
  return settings.map((setting) => `-c ${setting}`).join(' ');
}
