import { closeJobScript, jobRunner, jobStatusScript, startJobScript } from '../planning/commands/job.js';
import { classifyBaseBackupError } from '../planning/postgres/base-backup.js';
import {
  backupArguments,
  jobCommands,
  removeCopyCommands,
  verifyArguments,
} from '../planning/step-commands.js';
import type { StepInput } from '../workflows/contract/activities.js';
import type { StepFailure } from './failures.js';
import { stepFailure } from './failures.js';
import { followerGuard } from './guards.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';

export interface JobStatus {
  state: 'absent' | 'unstarted' | 'running' | 'orphaned' | 'vanished' | 'ended' | 'closed';
  /** `verified <sha256>`, `copy-failed <status>`, `verify-failed <status>`, or empty. */
  result: string;
  /** pg_basebackup has ended well; its directory is complete. */
  copied: boolean;
  swapped: boolean;
  note: string;
  /** Its directory on the follower. */
  job: string;
  log: string;
}

export async function jobStatus({ follower }: StepInput, host: Host): Promise<JobStatus> {
  return read(await runScript(host, jobStatusScript(follower.location.dataDirectory, follower.op.id)));
}

/** Starts the next job, or attaches: the answer tells which one runs. */
export async function startJob(input: StepInput, host: Host): Promise<JobStatus> {
  const { config, leader, follower } = input;
  const runner = jobRunner({
    osUser: follower.location.osUser,
    backupArguments: backupArguments(config, leader, follower),
    verifyArguments: verifyArguments(follower),
    incomingDirectory: follower.incomingDirectory,
  });
  const guard = followerGuard(input, 'takeBaseBackup', jobCommands(config, leader, follower));
  return read(
    await runScript(host, startJobScript(guard, follower.location.osUser, runner, follower.linked)),
  );
}

/** Ends whatever is left of the newest job and removes its directory, so that the next one may begin. */
export async function closeJob(input: StepInput, host: Host): Promise<void> {
  const { follower } = input;
  const guard = followerGuard(input, 'takeBaseBackup', removeCopyCommands(follower));
  await runScript(host, closeJobScript(guard, follower.location.osUser, follower.linked));
}

function read({ values, text }: Awaited<ReturnType<typeof runScript>>): JobStatus {
  return {
    state: (values.state ?? 'absent') as JobStatus['state'],
    result: values.result ?? '',
    copied: values.copied === 'yes',
    swapped: values.swapped === 'yes',
    note: values.note ?? '',
    job: values.job ?? '',
    log: text('log'),
  };
}

/** Why a job that is over did not succeed; `undefined` for one that runs, never ran, or is verified. */
export function jobFailure({ name }: Host, status: JobStatus): StepFailure | undefined {
  const log = status.log.trim().split('\n').slice(-12).join('\n');
  if (status.state === 'vanished')
    return stepFailure(
      'COPY_INTERRUPTED',
      name,
      status.note === 'rebooted' ? 'the host was rebooted during the copy' : 'the copy was killed',
      { detail: log },
    );
  if (status.state === 'orphaned')
    return stepFailure('COPY_INTERRUPTED', name, 'the runner of the copy was killed', { detail: log });
  if (status.state !== 'ended' || status.result.startsWith('verified')) return undefined;
  if (status.result.startsWith('verify-failed'))
    return stepFailure('VERIFY_FAILED', name, 'the copy does not match its manifest', {
      detail: log,
      hint: 'It was removed. `runbook resume` copies again.',
    });
  const { code, retry } = classifyBaseBackupError(status.log);
  return stepFailure(retry ? 'COPY_INTERRUPTED' : code, name, 'pg_basebackup failed', {
    detail: log,
    hint: retry ? 'It begins again by itself.' : 'The old server still runs. `runbook resume` copies again.',
  });
}
