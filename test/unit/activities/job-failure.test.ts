import { describe, expect, it } from 'vitest';
import type { JobStatus } from '../../../activities/copy-job.js';
import { jobFailure } from '../../../activities/job-failure.js';

const status = (change: Partial<JobStatus>): JobStatus => ({
  state: 'ended',
  result: '',
  copied: false,
  complete: false,
  swapped: false,
  note: '',
  job: '/var/lib/pg-runbook/jobs/a1b2c3d4/1',
  log: 'first\nlast',
  ...change,
});

describe('a job that is over', () => {
  it.each([
    ['runs', { state: 'running' }],
    ['never ran', { state: 'absent' }],
    ['is closed', { state: 'closed', result: 'copy-failed 1' }],
    ['is verified', { result: 'verified 0123' }],
    ['is gone, and has copied everything', { state: 'vanished', complete: true }],
    [
      'is gone by a reboot, and has copied everything',
      { state: 'vanished', complete: true, note: 'rebooted' },
    ],
    ['has lost its runner, and has copied everything', { state: 'orphaned', complete: true }],
  ] as [string, Partial<JobStatus>][])('has not failed if it %s', (_, change) => {
    expect(jobFailure('follower1', status(change))).toBeUndefined();
  });

  it.each([
    ['was killed', { state: 'vanished' }, 'COPY_INTERRUPTED', 'the copy was killed'],
    [
      'went with the host',
      { state: 'vanished', note: 'rebooted' },
      'COPY_INTERRUPTED',
      'the host was rebooted during the copy',
    ],
    ['lost its runner', { state: 'orphaned' }, 'COPY_INTERRUPTED', 'the runner of the copy was killed'],
    [
      'was ended by an orderly shutdown',
      { result: 'copy-failed 143', note: 'rebooted' },
      'COPY_INTERRUPTED',
      'the host was rebooted during the copy',
    ],
    [
      'was stopped by somebody',
      { result: 'copy-failed 143' },
      'COPY_FAILED',
      'pg_basebackup was ended by SIGTERM',
    ],
    [
      'was killed by somebody',
      { result: 'copy-failed 137' },
      'COPY_FAILED',
      'pg_basebackup was ended by SIGKILL',
    ],
    [
      'lost its connection',
      { result: 'copy-failed 1', log: 'server closed the connection unexpectedly' },
      'COPY_INTERRUPTED',
      'pg_basebackup failed',
    ],
    ['is damaged', { result: 'verify-failed 1' }, 'VERIFY_FAILED', 'the copy does not match its manifest'],
    [
      'could not be verified',
      { result: 'verify-failed 137' },
      'VERIFY_FAILED',
      'pg_verifybackup was ended by SIGKILL',
    ],
    [
      'filled the disk',
      { result: 'copy-failed 1', log: 'could not write to file: No space left on device' },
      'COPY_NO_SPACE',
      'pg_basebackup failed',
    ],
  ] as [string, Partial<JobStatus>, string, string][])('%s', (_, change, code, message) => {
    expect(jobFailure('follower1', status(change))?.problem).toMatchObject({
      code,
      message: `follower1: ${message}`,
    });
  });

  it('tells what its own guard of the disk saw', () => {
    const failure = jobFailure(
      'follower1',
      status({ result: `disk-guard ${String(1900 * 1024 ** 2)} 2147483648` }),
    );
    expect(failure?.kind).toBe('ask');
    expect(failure?.problem).toEqual({
      code: 'COPY_DISK_LOW',
      host: 'follower1',
      message: 'follower1: the copy was stopped and removed, because its file system had only 1900 MB left',
      detail: '2048 MB are kept free (5 % of the file system, at least 2 GB). The old server still runs.',
      hint: 'Make room; then `runbook resume` copies again.',
    });
  });
});
