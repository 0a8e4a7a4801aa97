import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../activities/failures.js';
import { loginFailure, statementFailure } from '../../../activities/postgres/sql-error.js';
import { connectFailure } from '../../../activities/ssh/connect-failure.js';
import type { HostKeyGuard } from '../../../activities/ssh/host-key-guard.js';
import { scriptNotStarted } from '../../../activities/ssh/script-not-started.js';
import { classifyBaseBackupError } from '../../../planning/postgres/base-backup.js';
import { CODES, type FailureCode } from '../../../workflows/contract/codes.js';
import type { FailureKind } from '../../../workflows/contract/failure.js';

/** What an operator meets, as the programs say it; `ask` parks, `retry` is tried again by itself. */
type Row = [said: string, code: FailureCode, kind: FailureKind];

const kindOf = (retry: boolean): FailureKind => (retry ? 'retry' : 'ask');

describe('pg_basebackup', () => {
  const at = 'pg_basebackup: error: connection to server at "10.0.0.1", port 5432 failed: ';
  const before14 = 'pg_basebackup: error: could not connect to server: ';

  it.each<[versions: string, ...Row]>([
    [
      '13',
      `${before14}Connection refused\n\tIs the server running on host "10.0.0.1" and accepting\n\tTCP/IP connections on port 5432?`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '14-18',
      `${at}Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '14-18',
      `${at}No route to host\n\tIs the server running on that host and accepting TCP/IP connections?`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    ['14-18', `${at}Host is down`, 'COPY_INTERRUPTED', 'retry'],
    ['14-18', `${at}timeout expired`, 'COPY_INTERRUPTED', 'retry'],
    ['14-18', `${at}Connection timed out`, 'COPY_INTERRUPTED', 'retry'],
    [
      '13-18',
      'pg_basebackup: error: could not translate host name "leader" to address: Temporary failure in name resolution',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13',
      'pg_basebackup: error: FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.2", user "r", SSL off',
      'ACCESS_DENIED',
      'ask',
    ],
    [
      '14-18',
      `${at}FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.2", user "r", no encryption`,
      'ACCESS_DENIED',
      'ask',
    ],
    [
      '13-18',
      `${at}FATAL:  pg_hba.conf rejects replication connection for host "10.0.0.2", user "r", SSL encryption`,
      'ACCESS_DENIED',
      'ask',
    ],
    ['13-18', `${at}FATAL:  password authentication failed for user "r"`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}fe_sendauth: no password supplied`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}FATAL:  role "r" does not exist`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}FATAL:  role "r" is not permitted to log in`, 'ACCESS_DENIED', 'ask'],
    [
      '13-15',
      `${at}FATAL:  must be superuser or replication role to start walsender`,
      'ACCESS_DENIED',
      'ask',
    ],
    [
      '16-18',
      `${at}FATAL:  permission denied to start WAL sender\nDETAIL:  Only roles with the REPLICATION attribute may start a WAL sender process.`,
      'ACCESS_DENIED',
      'ask',
    ],
    ['13-18', `${at}server does not support SSL, but SSL was required`, 'TLS_NOT_AVAILABLE', 'ask'],
    ['13-18', `${at}SSL error: certificate verify failed`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}SSL error: tlsv1 alert unknown ca`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}SSL error: tlsv1 alert protocol version`, 'ACCESS_DENIED', 'ask'],
    ['13-18', `${at}SSL error: unsupported protocol`, 'ACCESS_DENIED', 'ask'],
    [
      '13-18',
      `${at}FATAL:  number of requested standby connections exceeds max_wal_senders (currently 10)`,
      'WAL_SENDERS_EXHAUSTED',
      'retry',
    ],
    [
      '13-15',
      `${at}FATAL:  remaining connection slots are reserved for non-replication superuser connections`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '16-18',
      `${at}FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    ['13-18', `${at}FATAL:  sorry, too many clients already`, 'COPY_INTERRUPTED', 'retry'],
    ['13-18', `${at}FATAL:  the database system is starting up`, 'COPY_INTERRUPTED', 'retry'],
    ['13-18', `${at}FATAL:  the database system is shutting down`, 'COPY_INTERRUPTED', 'retry'],
    ['13-18', `${at}FATAL:  the database system is in recovery mode`, 'COPY_INTERRUPTED', 'retry'],
    [
      '14-18',
      `${at}FATAL:  the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has not been yet reached.`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '14-18',
      `${at}FATAL:  the database system is not accepting connections\nDETAIL:  Hot standby mode is disabled.`,
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-14',
      'pg_basebackup: error: could not send replication command "START_REPLICATION": ERROR:  replication slot "rb_a_1" does not exist',
      'SLOT_LOST',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not send replication command "START_REPLICATION": ERROR:  replication slot "rb_a_1" is active for PID 4711',
      'SLOT_CONFLICT',
      'retry',
    ],
    [
      '14-16',
      'ERROR:  cannot read from replication slot "rb_a_1"\nDETAIL:  This slot has been invalidated because it exceeded the maximum reserved size.',
      'SLOT_LOST',
      'ask',
    ],
    [
      '18',
      'ERROR:  can no longer access replication slot "rb_a_1"\nDETAIL:  This replication slot has been invalidated due to "wal_removed".',
      'SLOT_LOST',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not receive data from WAL stream: ERROR:  requested WAL segment 00000001000000000000002A has already been removed',
      'SLOT_LOST',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not receive data from WAL stream: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not read COPY data: SSL SYSCALL error: EOF detected',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not read COPY data: SSL SYSCALL error: Connection reset by peer',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-18',
      'pg_basebackup: error: backup failed: FATAL:  terminating connection because of crash of another server process',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-18',
      'pg_basebackup: error: backup failed: ERROR:  terminating walsender process due to replication timeout',
      'COPY_INTERRUPTED',
      'retry',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not send data to server: Broken pipe',
      'COPY_INTERRUPTED',
      'retry',
    ],
    ['13-18', 'pg_basebackup: error: incompatible server version 17.2', 'VERSION_MISMATCH', 'ask'],
    [
      '13-18',
      'pg_basebackup: error: could not write to file "/d/base/5/16397": No space left on device',
      'COPY_NO_SPACE',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not fsync file "/d/base/5/16397": Input/output error',
      'COPY_FAILED',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not create directory "/d/base": Read-only file system',
      'COPY_FAILED',
      'ask',
    ],
    ['13-18', 'pg_basebackup: error: directory "/d" exists but is not empty', 'COPY_FAILED', 'ask'],
    [
      '13-18',
      'WARNING:  checksum verification failed in file "./base/5/1255", block 4: calculated 66A1 but expected D0CE\npg_basebackup: error: checksum error occurred',
      'COPY_FAILED',
      'ask',
    ],
    [
      '13-18',
      'pg_basebackup: error: could not initiate base backup: ERROR:  WAL level not sufficient for making an online backup',
      'COPY_FAILED',
      'ask',
    ],
    // The server's own language cannot be chosen by a mere replication role: what is not understood asks.
    ['13-18, de_DE', `${at}FATAL:  das Datenbanksystem fährt herunter`, 'COPY_FAILED', 'ask'],
  ])('%s: %s', (_, said, code, kind) => {
    const found = classifyBaseBackupError(said);
    expect([found.code, kindOf(found.retry)]).toEqual([code, kind]);
  });
});

/** As pg's DatabaseError. */
const serverSays = (severity: string, code: string, message: string): Error =>
  Object.assign(new Error(message), { severity, code });

describe('PostgreSQL, by SQLSTATE and not by its words', () => {
  it.each<[string, Error, FailureCode, FailureKind]>([
    [
      '57P03 starting up',
      serverSays('FATAL', '57P03', 'the database system is starting up'),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
    [
      '57P03 in German',
      serverSays('FATAL', '57P03', 'das Datenbanksystem startet'),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
    [
      '53300 too many',
      serverSays('FATAL', '53300', 'sorry, too many clients already'),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
    [
      '57P01 admin shutdown',
      serverSays('FATAL', '57P01', 'terminating connection due to administrator command'),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
    [
      '57P02 crash shutdown',
      serverSays('FATAL', '57P02', 'terminating connection because of crash'),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
    [
      '28000 peer',
      serverSays('FATAL', '28000', 'Peer authentication failed for user "postgres"'),
      'POSTGRES_ERROR',
      'ask',
    ],
    [
      '28P01 password',
      serverSays('FATAL', '28P01', 'Passwort-Authentifizierung fehlgeschlagen'),
      'POSTGRES_ERROR',
      'ask',
    ],
    [
      '3D000 no database',
      serverSays('FATAL', '3D000', 'database "postgres" does not exist'),
      'POSTGRES_ERROR',
      'ask',
    ],
    [
      'nothing there',
      Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' }),
      'POSTGRES_UNAVAILABLE',
      'retry',
    ],
  ])('a login, %s', (_, error, code, kind) => {
    const failure = loginFailure('leader', error);
    expect([failure.problem.code, failure.kind]).toEqual([code, kind]);
    expect(failure.problem.message).toMatch(/^leader: /);
  });

  it.each<[string, Error, FailureCode, FailureKind]>([
    ['42710 exists', serverSays('ERROR', '42710', 'role "r" already exists'), 'POSTGRES_ERROR', 'ask'],
    [
      '53400 slots used up',
      serverSays('ERROR', '53400', 'all replication slots are in use'),
      'POSTGRES_ERROR',
      'ask',
    ],
    ['42501 not allowed', serverSays('ERROR', '42501', 'permission denied'), 'POSTGRES_ERROR', 'ask'],
    [
      '25006 read only',
      serverSays('ERROR', '25006', 'cannot execute CREATE ROLE in a read-only transaction'),
      'POSTGRES_ERROR',
      'ask',
    ],
    [
      '57P01 ended in its middle',
      serverSays('FATAL', '57P01', 'terminating connection due to administrator command'),
      'CONNECTION_LOST',
      'retry',
    ],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), 'CONNECTION_LOST', 'retry'],
  ])('a statement, %s', (_, error, code, kind) => {
    const failure = statementFailure('leader', error, undefined);
    expect([failure.problem.code, failure.kind]).toEqual([code, kind]);
  });
});

const address = {
  name: 'follower1',
  host: 'follower1.internal',
  sshPort: 22,
  ssh: { user: 'ops', identityFile: '/k', knownHosts: '/h' },
};
const guard = {
  refusal: () => undefined,
  noCommonType: () => new StepFailure({ code: 'HOST_KEY_CHANGED', message: 'follower1: x' }),
} as unknown as HostKeyGuard;

describe('ssh', () => {
  const error = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);
  it.each<
    [
      string,
      Error | undefined,
      'nothing' | 'host' | 'authentication',
      boolean,
      RegExp,
      FailureCode,
      FailureKind,
    ]
  >([
    [
      'refused',
      error('connect ECONNREFUSED', { code: 'ECONNREFUSED' }),
      'nothing',
      false,
      /nothing listens/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'no route',
      error('connect EHOSTUNREACH', { code: 'EHOSTUNREACH' }),
      'nothing',
      false,
      /no way/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'no network',
      error('connect ENETUNREACH', { code: 'ENETUNREACH' }),
      'nothing',
      false,
      /no way/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'no name',
      error('getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' }),
      'nothing',
      false,
      /does not resolve/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'no name for now',
      error('getaddrinfo EAI_AGAIN', { code: 'EAI_AGAIN' }),
      'nothing',
      false,
      /does not resolve/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'kernel time-out',
      error('connect ETIMEDOUT', { code: 'ETIMEDOUT' }),
      'nothing',
      false,
      /did not answer/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    ['silence', undefined, 'nothing', true, /did not answer within 10 s/, 'HOST_UNREACHABLE', 'retry'],
    [
      'a login that never ends',
      undefined,
      'authentication',
      true,
      /login did not end/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'MaxStartups',
      error('Connection lost before handshake'),
      'host',
      false,
      /broke before/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'reset',
      error('read ECONNRESET', { code: 'ECONNRESET' }),
      'host',
      false,
      /broke before/,
      'HOST_UNREACHABLE',
      'retry',
    ],
    [
      'key refused',
      error('All configured authentication methods failed', { level: 'client-authentication' }),
      'authentication',
      false,
      /refuses the key/,
      'SSH_KEY_REFUSED',
      'ask',
    ],
    [
      'no common host key',
      error('Handshake failed: no matching host key format'),
      'host',
      false,
      /x/,
      'HOST_KEY_CHANGED',
      'ask',
    ],
  ])('%s', (_, cause, reached, timedOut, message, code, kind) => {
    const failure = connectFailure(address, guard, { deadlineMs: 10_000, reached, timedOut, error: cause });
    expect([failure.problem.code, failure.kind]).toEqual([code, kind]);
    expect(failure.problem.message).toMatch(message);
    expect(failure.problem.message).toMatch(/^follower1: /);
  });
});

describe('sudo and login shells', () => {
  it.each<Row>([
    ['sudo: a password is required', 'SUDO_REFUSED', 'ask'],
    [
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required',
      'SUDO_REFUSED',
      'ask',
    ],
    ['sudo: sorry, you must have a tty to run sudo', 'SUDO_REFUSED', 'ask'],
    ['ops is not in the sudoers file.  This incident will be reported.', 'SUDO_REFUSED', 'ask'],
    ["Sorry, user ops is not allowed to execute '/bin/sh -s' as root on db2.", 'SUDO_REFUSED', 'ask'],
    ['sudo: account validation failure, is your account locked?', 'SUDO_REFUSED', 'ask'],
    [
      'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
      'SUDO_REFUSED',
      'ask',
    ],
    [
      "sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set or an NFS file system without root privileges?",
      'SUDO_REFUSED',
      'ask',
    ],
    ["env: 'sudo': No such file or directory", 'HOST_TOOLS_MISSING', 'ask'],
    ['sh: 1: exec: sudo: not found', 'HOST_TOOLS_MISSING', 'ask'],
    ['This account is currently not available.', 'COMMAND_FAILED', 'ask'],
    ['/bin/sh: 1: Syntax error: "}" unexpected', 'INTERNAL', 'bug'],
    ['', 'COMMAND_FAILED', 'ask'],
  ])('%s', (said, code, kind) => {
    const failure = scriptNotStarted('follower1', { kind: 'exited', code: 1 }, '', said);
    expect([failure.problem.code, failure.kind]).toEqual([code, kind]);
  });

  it.each([126, 127, 255])('exit status %d of a shell that says nothing', (code) => {
    const { problem } = scriptNotStarted('follower1', { kind: 'exited', code }, '', '');
    expect(problem).toMatchObject({ code: 'COMMAND_FAILED', detail: `Exit status ${String(code)}.` });
  });
});

it('knows a code for every text, and never throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ maxLength: 5 }),
      (text, state) => {
        const codes = [
          classifyBaseBackupError(text).code,
          loginFailure('h', serverSays('FATAL', state, text)).problem.code,
          statementFailure('h', serverSays('ERROR', state, text), undefined).problem.code,
          scriptNotStarted('h', { kind: 'exited', code: 1 }, text, text).problem.code,
          connectFailure(address, guard, {
            deadlineMs: 1,
            reached: 'host',
            timedOut: false,
            error: new Error(text),
          }).problem.code,
        ];
        for (const code of codes) expect(Object.keys(CODES)).toContain(code);
      },
    ),
  );
});
