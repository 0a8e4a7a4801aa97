import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlEndpoint, SqlSession } from '../../../activities/hosts/host.js';
import { SqlError } from '../../../activities/postgres/sql-error.js';
import { withSqlSession } from '../../../activities/postgres/sql-session.js';
import { connectSsh } from '../../../activities/ssh/connect.js';
import type { SshConnection } from '../../../activities/ssh/connection.js';
import { runScript } from '../../../activities/ssh/run.js';
import { problemOf } from '../ssh/problem-of.js';
import { startSshd } from '../ssh/real-sshd.js';
import type { RealSshd } from '../ssh/real-sshd.js';
import { until } from '../ssh/until.js';
import { startPostgres } from './real-postgres.js';
import type { RealPostgres } from './real-postgres.js';

let sshd: RealSshd;
let postgres: RealPostgres;
let connection: SshConnection;
beforeAll(async () => {
  [sshd, postgres] = await Promise.all([startSshd(), startPostgres()]);
  connection = await connectSsh(sshd.address);
});
afterAll(async () => {
  await connection.close();
  await Promise.all([sshd.stop(), postgres.remove()]);
});

const sql = <T>(use: (session: SqlSession) => Promise<T>, endpoint: Partial<SqlEndpoint> = {}) =>
  withSqlSession(connection, { ...postgres.endpoint, ...endpoint }, use);
const query = (text: string, values?: unknown[]) => sql((session) => session.query(text, values));
const setting = async (name: string) =>
  (await query(`SELECT current_setting($1) AS value`, [name]))[0]?.['value'];
const backends = async () =>
  (
    await query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'pg-replication-runbook' AND pid <> pg_backend_pid()`,
    )
  ).length;

/** A session in the middle of a query, as seen by the server; how it ends comes later. */
async function inQuery(over: SshConnection = connection) {
  const failure = problemOf(
    withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT pg_sleep(60)')),
  );
  await until(
    async () =>
      (await query("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"))
        .length === 1,
    () => 'the query did not begin',
  );
  return { failure };
}

/** Work on a host where `sudo` is the given shell text. */
async function withSudo<T>(text: string, work: (over: SshConnection) => Promise<T>): Promise<T> {
  const bin = join(sshd.directory, `bin${Math.random()}`);
  mkdirSync(bin);
  writeFileSync(join(bin, 'sudo'), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, 'sudo'), 0o755);
  return withForced(`PATH=${bin}:/usr/bin:/bin exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`, work);
}

async function withForced<T>(forced: string, work: (over: SshConnection) => Promise<T>): Promise<T> {
  const other = await startSshd([`ForceCommand ${forced}`]);
  const over = await connectSsh(other.address);
  try {
    return await work(over);
  } finally {
    await over.close();
    await other.stop();
  }
}

describe('queries', () => {
  it('rows as objects; wide numbers as strings', async () => {
    expect(
      await query(
        `SELECT 1 AS small, 2::bigint AS big, 3.5::numeric AS exact, '0/1500790'::pg_lsn AS lsn, true AS yes, NULL AS none`,
      ),
    ).toEqual([{ small: 1, big: '2', exact: '3.5', lsn: '0/1500790', yes: true, none: null }]);
  });

  it('parameters of every awkward kind', async () => {
    const values = [`it's "odd" \\ $1 ; --`, 'ü€𝄞', null, 42, true, ['a', 'b']];
    const [row] = await query(
      'SELECT $1::text a, $2::text b, $3::text c, $4::int d, $5::bool e, $6::text[] f',
      values,
    );
    expect(Object.values(row ?? {})).toEqual(values);
  });

  it('10 MB each way', async () => {
    const value = 'x'.repeat(10_000_000);
    const [row] = await query('SELECT $1::text AS value, length($1::text) AS length', [value]);
    expect(row?.['length']).toBe(value.length);
    expect(row?.['value'] === value).toBe(true);
  });

  it('many rows', async () => {
    const rows = await query('SELECT g FROM generate_series(1, 20000) g');
    expect(rows).toHaveLength(20_000);
    expect(rows[19_999]).toEqual({ g: 20_000 });
  });

  it('one session: transactions, and queries that are not awaited run in their order', async () => {
    await sql(async (session) => {
      await session.query('CREATE TEMP TABLE t (i int)');
      const inserts = [1, 2, 3].map((i) => session.query('INSERT INTO t VALUES ($1)', [i]));
      await Promise.all(inserts);
      await session.query('BEGIN');
      await session.query('DELETE FROM t');
      await session.query('ROLLBACK');
      expect(await session.query('SELECT i FROM t')).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
    });
  });

  it('one statement at a time: a second one in the text is refused, also without parameters', async () => {
    const problem = await problemOf(query('SELECT 1; CREATE ROLE smuggled'));
    expect(problem.code).toBe('POSTGRES_ERROR');
    expect(await query("SELECT 1 FROM pg_roles WHERE rolname = 'smuggled'")).toEqual([]);
  });

  it('utility statements that allow no transaction', async () => {
    await query("ALTER SYSTEM SET work_mem = '5MB'");
    await query('ALTER SYSTEM RESET work_mem');
    await query('CHECKPOINT');
  });

  it('passes the error of the caller on and leaves no session', async () => {
    await expect(sql(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await backends()).toBe(0);
  });
});

describe('the session', () => {
  it('is the superuser by peer, with our name and settings', async () => {
    const [who] = await query(
      "SELECT session_user::text AS user, current_setting('is_superuser') AS super, inet_client_addr() AS address, current_setting('application_name') AS name",
    );
    expect(who).toEqual({ user: 'postgres', super: 'on', address: null, name: 'pg-replication-runbook' });
    expect(await setting('synchronous_commit')).toBe('local');
    expect(await setting('statement_timeout')).toBe('1min');
    expect(await setting('lock_timeout')).toBe('5s');
    expect(await setting('client_connection_check_interval')).toBe('5s');
    expect(await setting('search_path')).toBe('pg_catalog');
    expect(await setting('timezone')).toBe('UTC');
  });

  it('sends no setting that the version does not have', async () => {
    const [row] = await sql(
      (session) => session.query("SELECT current_setting('client_connection_check_interval') AS value"),
      { version: '13' },
    );
    expect(row?.['value']).toBe('0');
  });

  it("is not bent by the worker's environment", async () => {
    const environment = {
      PGSSLMODE: 'require',
      PGUSER: 'other',
      PGDATABASE: 'other',
      PGOPTIONS: '-c lock_timeout=1',
    };
    Object.assign(process.env, environment);
    try {
      expect(await setting('lock_timeout')).toBe('5s');
    } finally {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    }
  });

  it('five at a time, and the rest in their turn', async () => {
    const seen = await Promise.all(
      Array.from({ length: 12 }, () =>
        query(
          "SELECT count(*)::int AS n, pg_sleep(0.1) FROM pg_stat_activity WHERE application_name = 'pg-replication-runbook'",
        ),
      ),
    );
    const counts = seen.map(([row]) => Number(row?.['n']));
    expect(counts).toHaveLength(12);
    expect(Math.max(...counts)).toBeLessThanOrEqual(5);
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });

  it('runs beside scripts on one connection, within the default MaxSessions', async () => {
    const work = Array.from({ length: 10 }, (_, i) => [
      runScript(connection, `sleep 0.05; echo ${i}`).then(({ stdout }) => Number(stdout)),
      query('SELECT $1::int AS i, pg_sleep(0.05)', [i]).then(([row]) => row?.['i']),
    ]);
    expect(await Promise.all(work.flat())).toEqual(Array.from({ length: 10 }, (_, i) => [i, i]).flat());
  });
});

describe('what the server refuses', () => {
  it('a statement: message, detail and SQLSTATE; the session goes on', async () => {
    await sql(async (session) => {
      const error: unknown = await session.query('SELECT * FROM missing').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SqlError);
      expect((error as SqlError).sqlState).toBe('42P01');
      expect((error as SqlError).problem).toEqual({
        code: 'POSTGRES_ERROR',
        host: 'follower1',
        message: 'follower1: relation "missing" does not exist',
        detail: 'SQLSTATE 42P01.',
      });
      expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it("the server's detail comes along", async () => {
    await query('CREATE TABLE public.once (i int PRIMARY KEY)');
    await query('INSERT INTO public.once VALUES (1)');
    const key = await problemOf(query('INSERT INTO public.once VALUES (1)'));
    expect(key.detail).toBe('SQLSTATE 23505. Key (i)=(1) already exists.');
  });

  it('a role that may not log in by peer', async () => {
    const error: unknown = await sql((session) => session.query('SELECT 1'), { osUser: 'root' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SqlError);
    expect((error as SqlError).sqlState).toBe('28000');
    expect((error as SqlError).problem.message).toContain('role "root" does not exist');
    expect((error as SqlError).problem.hint).toContain('peer');
  });
});

describe('hosts that cannot relay', () => {
  it('no server at the socket', async () => {
    const problem = await problemOf(sql((session) => session.query('SELECT 1'), { port: 1 }));
    expect(problem).toMatchObject({ code: 'POSTGRES_UNAVAILABLE', host: 'follower1' });
    expect(problem.detail).toContain('.s.PGSQL.1: No such file or directory');
  });

  it('login shells that print before the relay speaks', async () => {
    await withForced(
      'echo Welcome; echo hello >&2; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"',
      async (over) => {
        expect(
          await withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1 AS one')),
        ).toEqual([{ one: 1 }]);
      },
    );
  });

  it('login shells that run nothing', async () => {
    await withForced('echo This account is currently not available.; exit 1', async (over) => {
      const problem = await problemOf(
        withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1')),
      );
      expect(problem.code).toBe('COMMAND_FAILED');
      expect(problem.detail).toContain('not available');
    });
  });

  it('sudo without rights', async () => {
    await withForced(
      'exec setpriv --reuid=nobody --regid=nogroup --clear-groups /bin/sh -c "$SSH_ORIGINAL_COMMAND"',
      async (over) => {
        const problem = await problemOf(
          withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1')),
        );
        expect(problem).toMatchObject({ code: 'SUDO_REFUSED', host: 'follower1' });
      },
    );
  });

  const withoutPerl = `[ "$4" != perl ] || { echo "sudo: perl: command not found" >&2; exit 1; }`;

  it.runIf(existsSync('/usr/bin/python3'))('without perl, by python3', async () => {
    const sudo = `${withoutPerl}\nshift 3; exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"`;
    await withSudo(sudo, async (over) => {
      const value = 'ü'.repeat(1_000_000);
      const rows = await withSqlSession(over, postgres.endpoint, (session) =>
        session.query('SELECT $1::text AS v', [value]),
      );
      expect(rows[0]?.['v'] === value).toBe(true);
      const down = await problemOf(
        withSqlSession(over, { ...postgres.endpoint, port: 1 }, (session) => session.query('SELECT 1')),
      );
      expect(down.code).toBe('POSTGRES_UNAVAILABLE');
    });
  });

  it('without perl and python3', async () => {
    await withSudo(`echo "sudo: $4: command not found" >&2; exit 1`, async (over) => {
      const problem = await problemOf(
        withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1')),
      );
      expect(problem).toMatchObject({ code: 'HOST_TOOLS_MISSING', host: 'follower1' });
      expect(problem.message).toContain('neither perl nor python3');
    });
  });

  it('without sudo', async () => {
    const bin = join(sshd.directory, 'bare');
    mkdirSync(bin);
    symlinkSync('/usr/bin/env', join(bin, 'env'));
    await withForced(`PATH=${bin} exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`, async (over) => {
      const problem = await problemOf(
        withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1')),
      );
      expect(problem).toMatchObject({ code: 'HOST_TOOLS_MISSING' });
      expect(problem.message).toContain('sudo is not installed');
    });
  });
});

describe('losses', () => {
  it('the backend is terminated', async () => {
    const { failure } = await inQuery();
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    expect(await failure).toMatchObject({
      code: 'CONNECTION_LOST',
      host: 'follower1',
      detail: 'terminating connection due to administrator command',
    });
  });

  it(
    'the ssh connection is cut: unknown outcome, and the query does not outlive it',
    { timeout: 15_000 },
    async () => {
      const own = await startSshd();
      const over = await connectSsh(own.address);
      const { failure } = await inQuery(over);
      for (const child of own.children()) process.kill(child, 'SIGKILL');
      expect(await failure).toMatchObject({ code: 'CONNECTION_LOST', host: 'follower1' });
      await until(
        async () => (await backends()) === 0,
        () => 'the backend goes on',
        8_000,
      );
      const later = await problemOf(
        withSqlSession(over, postgres.endpoint, (session) => session.query('SELECT 1')),
      );
      expect(later.code).toBe('CONNECTION_LOST');
      await own.stop();
    },
  );

  it.each<NodeJS.Signals>(['SIGINT', 'SIGQUIT'])('the server stops in a query (%s)', async (signal) => {
    const { failure } = await inQuery();
    await postgres.stop(signal);
    expect((await failure).code).toBe('CONNECTION_LOST');
    expect((await problemOf(query('SELECT 1'))).code).toBe('POSTGRES_UNAVAILABLE');
    await postgres.start();
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('nothing is left behind by a hundred sessions', async () => {
    const count = () =>
      connection.client
        .eventNames()
        .reduce((sum, event) => sum + connection.client.listenerCount(event as 'close'), 0);
    const before = count();
    for (let i = 0; i < 25; i += 1) await Promise.all([1, 2, 3, 4].map(() => query('SELECT 1')));
    for (let i = 0; i < 12; i += 1) await problemOf(sql((session) => session.query('SELECT 1'), { port: 1 }));
    for (let i = 0; i < 12; i += 1)
      await problemOf(sql((session) => session.query('SELECT 1'), { osUser: 'root' }));
    expect(count()).toBe(before);
    expect(await backends()).toBe(0);
  }, 30_000);
});
