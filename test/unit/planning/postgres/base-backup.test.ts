import { describe, expect, it } from 'vitest';
import { baseBackupArguments, classifyBaseBackupError } from '../../../../planning/postgres/base-backup.js';

const options = {
  binDirectory: '/usr/lib/postgresql/15/bin',
  target: '/data/main.incoming-a1b2c3d4',
  conninfo: "host=10.0.0.1 application_name='a b'",
  slot: 'rb_follower1_a1b2c3',
  label: 'rb_a1b2c3d4',
  checkpoint: 'fast',
} as const;

describe('baseBackupArguments', () => {
  it('is the command of the runbook', () => {
    expect(baseBackupArguments(options)).toEqual([
      '/usr/lib/postgresql/15/bin/pg_basebackup',
      '-w',
      '-D',
      '/data/main.incoming-a1b2c3d4',
      '-Fp',
      '-Xs',
      '-R',
      '-S',
      'rb_follower1_a1b2c3',
      '-c',
      'fast',
      '-v',
      '--label=rb_a1b2c3d4',
      '-d',
      "host=10.0.0.1 application_name='a b'",
    ]);
  });

  it.each([
    [80 * 1024 ** 2, '81920k'],
    [1, '32k'],
    [5 * 1024 ** 3, '1048576k'],
  ])('limits the rate to %d as %s', (maxRateBytesPerSecond, expected) => {
    const argv = baseBackupArguments({ ...options, checkpoint: 'spread', maxRateBytesPerSecond });
    expect(argv.slice(argv.indexOf('-r'), argv.indexOf('-r') + 2)).toEqual(['-r', expected]);
    expect(argv[argv.indexOf('-c') + 1]).toBe('spread');
  });
});

it('has the leader compress where that is wanted', () => {
  const argv = baseBackupArguments({ ...options, compress: 'zstd' });
  expect(argv.slice(argv.indexOf('-Z'), argv.indexOf('-Z') + 2)).toEqual(['-Z', 'server-zstd:1']);
});

describe('classifyBaseBackupError', () => {
  const connection = 'pg_basebackup: error: connection to server at "10.0.0.1", port 5432 failed: ';
  it.each([
    [
      'pg_basebackup: error: could not write to file "base/1/2": No space left on device',
      'COPY_NO_SPACE',
      false,
    ],
    [
      'pg_basebackup: error: backup failed: ERROR:  could not write file: No space left on device',
      'COPY_FAILED',
      false,
    ],
    [
      'pg_basebackup: error: could not initiate base backup: ERROR:  zstd compression is not supported by this build',
      'COMPRESSION_UNSUPPORTED',
      false,
    ],
    ['pg_basebackup: error: this build does not support zstd compression', 'COMPRESSION_UNSUPPORTED', false],
    [
      'pg_basebackup: error: this build does not support compression with ZSTD',
      'COMPRESSION_UNSUPPORTED',
      false,
    ],
    [`${connection}FATAL:  password authentication failed for user "r"`, 'ACCESS_DENIED', false],
    [`${connection}fe_sendauth: no password supplied`, 'ACCESS_DENIED', false],
    [
      `${connection}FATAL:  no pg_hba.conf entry for replication connection from host`,
      'ACCESS_DENIED',
      false,
    ],
    [`${connection}FATAL:  pg_hba.conf rejects replication connection`, 'ACCESS_DENIED', false],
    [`${connection}FATAL:  must be superuser or replication role to start walsender`, 'ACCESS_DENIED', false],
    [`${connection}FATAL:  permission denied to start WAL sender`, 'ACCESS_DENIED', false],
    [`${connection}FATAL:  role "r" is not permitted to log in`, 'ACCESS_DENIED', false],
    [`${connection}SSL error: certificate verify failed`, 'ACCESS_DENIED', false],
    [`${connection}server does not support SSL, but SSL was required`, 'TLS_NOT_AVAILABLE', false],
    ['pg_basebackup: error: incompatible server version 17.2', 'VERSION_MISMATCH', false],
    [
      'FATAL:  number of requested standby connections exceeds max_wal_senders (currently 2)',
      'WAL_SENDERS_EXHAUSTED',
      true,
    ],
    ['ERROR:  all replication slots are in use', 'SLOTS_EXHAUSTED', true],
    ['FATAL:  remaining connection slots are reserved for superuser', 'COPY_INTERRUPTED', true],
    ['ERROR:  requested WAL segment 000000010000000000000003 has already been removed', 'SLOT_LOST', false],
    ['ERROR:  replication slot "rb_x" does not exist', 'SLOT_LOST', false],
    ['ERROR:  can no longer access replication slot "rb_x"', 'SLOT_LOST', false],
    ['ERROR:  replication slot "rb_x" is active for PID 77', 'SLOT_CONFLICT', true],
    ['pg_basebackup: error: directory "/x" exists but is not empty', 'COPY_FAILED', false],
    [`${connection}Connection refused`, 'COPY_INTERRUPTED', true],
    [`${connection}timeout expired`, 'COPY_INTERRUPTED', true],
    [`${connection}FATAL:  the database system is shutting down`, 'COPY_INTERRUPTED', true],
    ['pg_basebackup: error: could not translate host name "l" to address', 'COPY_INTERRUPTED', true],
    ['pg_basebackup: error: COPY stream ended before last file was finished', 'COPY_INTERRUPTED', true],
    ['could not receive data from server: SSL SYSCALL error: Connection timed out', 'COPY_INTERRUPTED', true],
    [
      'pg_basebackup: error: backup failed: FATAL:  terminating connection due to administrator command',
      'COPY_INTERRUPTED',
      true,
    ],
    ['pg_basebackup: error: replication stream was terminated before stop point', 'COPY_INTERRUPTED', true],
    ['pg_basebackup: error: background process terminated unexpectedly', 'COPY_INTERRUPTED', true],
    ['something nobody foresaw', 'COPY_FAILED', false],
    ['', 'COPY_FAILED', false],
  ])('%s', (stderr, code, retry) => {
    expect(classifyBaseBackupError(stderr)).toEqual({ code, retry });
  });

  it('takes the cause, whatever follows from it', () => {
    const stderr =
      'pg_basebackup: initiating base backup, waiting for checkpoint to complete\n' +
      'pg_basebackup: error: could not write to file "base/5/16397": No space left on device\n' +
      'pg_basebackup: error: could not send data to server: Broken pipe\n' +
      'pg_basebackup: removing data directory "/x"\n';
    expect(classifyBaseBackupError(stderr)).toEqual({ code: 'COPY_NO_SPACE', retry: false });
  });
});
