import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchesVerifier, scramVerifier } from '../../../activities/postgres/scram.js';
import { withSqlSession } from '../../../activities/postgres/sql-session.js';
import type { SqlSession } from '../../../activities/hosts/host.js';
import { connectSsh } from '../../../activities/ssh/connect.js';
import type { SshConnection } from '../../../activities/ssh/connection.js';
import { problemOf } from '../ssh/problem-of.js';
import { startSshd } from '../ssh/real-sshd.js';
import type { RealSshd } from '../ssh/real-sshd.js';
import { startPostgres } from './real-postgres.js';
import type { RealPostgres } from './real-postgres.js';

const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 });

describe('verifiers', () => {
  it('the exchange of RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', { salt, iterations: 4096 })).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('match their own password and no other, with any salt and count', () => {
    const salt = fc.uint8Array({ minLength: 1, maxLength: 24 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(
        printable,
        printable,
        salt,
        fc.integer({ min: 1, max: 50 }),
        (own, other, bytes, iterations) => {
          const verifier = scramVerifier(own, { salt: bytes, iterations });
          expect(matchesVerifier(own, verifier)).toBe(true);
          expect(matchesVerifier(other, verifier)).toBe(own === other);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('have a new salt each time', () => {
    expect(scramVerifier('x')).not.toBe(scramVerifier('x'));
  });

  it.each([
    '',
    'md5c4ca4238a0b923820dcc509a6f75849b',
    'SCRAM-SHA-256',
    'SCRAM-SHA-256$0:AAAA$AAAA:AAAA',
    'SCRAM-SHA-256$4096:AAAA$AAAA',
    'SCRAM-SHA-256$4096:AAAA$AAAA:AAAA',
  ])('nothing matches %j', (verifier) => {
    expect(matchesVerifier('secret', verifier)).toBe(false);
  });

  it.each(['', 'pässword', 'two\nlines', 'nul\0', 'tab\t', 'soft\u00adhyphen'])(
    '%j is refused',
    async (password) => {
      const problem = await problemOf(Promise.resolve().then(() => scramVerifier(password)));
      expect(problem.code).toBe('PASSWORD_UNUSABLE');
      if (password !== '') expect(JSON.stringify(problem)).not.toContain(password);
    },
  );
});

describe('with a real server', () => {
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

  const sql = <T>(use: (session: SqlSession) => Promise<T>) =>
    withSqlSession(connection, postgres.endpoint, use);
  const logIn = async (user: string, password: string) => {
    const { port } = postgres;
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user,
      password,
      database: 'postgres',
      ssl: false,
    });
    client.on('error', () => undefined);
    return client.connect().finally(() => client.end());
  };

  it.each([
    ['plain', 'secret'],
    ['odd', ` o'dd \\"$%~ `],
    ['long', 'x'.repeat(200)],
  ])('our verifier logs in: %s', async (name, password) => {
    const verifier = scramVerifier(password);
    await sql((session) => session.query(`CREATE ROLE ${name} LOGIN PASSWORD '${verifier}'`));
    const [row] = await sql((session) =>
      session.query<{ rolpassword: string }>('SELECT rolpassword FROM pg_authid WHERE rolname = $1', [name]),
    );
    expect(row?.rolpassword).toBe(verifier);
    await logIn(name, password);
    await expect(logIn(name, `${password}x`)).rejects.toMatchObject({ code: '28P01' });
  });

  it("the server's own verifier is recognised", async () => {
    const [row] = await sql(async (session) => {
      await session.query("CREATE ROLE theirs LOGIN PASSWORD 'their secret'");
      return session.query<{ rolpassword: string }>(
        "SELECT rolpassword FROM pg_authid WHERE rolname = 'theirs'",
      );
    });
    expect(matchesVerifier('their secret', row?.rolpassword ?? '')).toBe(true);
    expect(matchesVerifier('other secret', row?.rolpassword ?? '')).toBe(false);
  });
});
