import { formatBytes } from '../planning/format.js';
import { classifyBaseBackupError } from '../planning/postgres/base-backup.js';
import { isUnverified, type JobStatus } from './copy-job.js';
import { stepFailure, type StepFailure } from './failures.js';

/** Why a job that is over did not succeed; `undefined` for one that runs, never ran, is verified, or shall be. */
export function jobFailure(name: string, status: JobStatus): StepFailure | undefined {
  const detail = status.log.trim().split('\n').slice(-12).join('\n');
  const interrupted = (message: string): StepFailure =>
    stepFailure('COPY_INTERRUPTED', name, message, { detail });
  const [result = '', code = '', reserve = ''] = status.result.split(' ');
  if (isUnverified(status)) return undefined;
  if (status.state === 'vanished')
    return interrupted(
      status.note === 'rebooted' ? 'the host was rebooted during the copy' : 'the copy was killed',
    );
  if (status.state === 'orphaned') return interrupted('the runner of the copy was killed');
  if (status.state !== 'ended' || result === 'verified') return undefined;
  if (result === 'disk-guard') return diskLow(name, Number(code), Number(reserve));
  if (result === 'verify-failed')
    return stepFailure('VERIFY_FAILED', name, verdict(Number(code)), {
      detail,
      hint: 'It was removed. `runbook resume` copies again.',
    });
  // An orderly shutdown of the host ends the programs first, and the runner lives to record it.
  if (isStopped(Number(code)) && status.note === 'rebooted')
    return interrupted('the host was rebooted during the copy');
  return copyFailure(name, Number(code), status.log, detail);
}

const SIGNALS: Record<number, string> = { 1: 'SIGHUP', 2: 'SIGINT', 9: 'SIGKILL', 15: 'SIGTERM' };

/** A shell tells of a signal by 128 and its number. */
const signalOf = (code: number): string | undefined =>
  code <= 128 ? undefined : (SIGNALS[code - 128] ?? `signal ${String(code - 128)}`);

const isStopped = (code: number): boolean => ['SIGHUP', 'SIGINT', 'SIGTERM'].includes(signalOf(code) ?? '');

function verdict(code: number): string {
  const signal = signalOf(code);
  return signal === undefined
    ? 'the copy does not match its manifest'
    : `pg_verifybackup was ended by ${signal}`;
}

function copyFailure(host: string, status: number, log: string, detail: string): StepFailure {
  const { code, retry } = classifyBaseBackupError(log);
  const signal = signalOf(status);
  return stepFailure(
    retry ? 'COPY_INTERRUPTED' : code,
    host,
    signal === undefined ? 'pg_basebackup failed' : `pg_basebackup was ended by ${signal}`,
    {
      detail,
      hint: retry
        ? 'It begins again by itself.'
        : 'The old server still runs. `runbook resume` copies again.',
    },
  );
}

const diskLow = (host: string, freeBytes: number, reserveBytes: number): StepFailure =>
  stepFailure(
    'COPY_DISK_LOW',
    host,
    `the copy was stopped and removed, because its file system had only ${formatBytes(freeBytes)} left`,
    {
      detail: `${formatBytes(reserveBytes)} are kept free (5 % of the file system, at least 2 GB). The old server still runs.`,
      hint: 'Make room; then `runbook resume` copies again.',
    },
  );
