import type { CopyDirectoryInput } from '../planning/commands/copy-directory.js';
import { closeJobScript, jobStatusScript, startJobScript } from '../planning/commands/job.js';
import { jobRunner } from '../planning/commands/job-runner.js';
import { DISK_RESERVE } from '../planning/findings/room.js';
import {
  backupArguments,
  jobCommands,
  removeCopyCommands,
  verifyArguments,
} from '../planning/step-commands.js';
import type { StepInput } from '../workflows/contract/activities.js';
import type { FollowerTarget } from '../workflows/contract/target.js';
import { followerGuard } from './guards.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';

export interface JobStatus {
  state: 'absent' | 'unstarted' | 'running' | 'orphaned' | 'vanished' | 'ended' | 'closed';
  /** `verified <sha256>`, `copy-failed <status>`, `verify-failed <status>`, `disk-guard <free> <reserve>`, or empty. */
  result: string;
  /** pg_basebackup has ended well; its directory is complete. */
  copied: boolean;
  /** So does its manifest tell, whatever became of the job. */
  complete: boolean;
  swapped: boolean;
  /** `rebooted`: the host, since the job began. */
  note: string;
  /** Its directory on the follower. */
  job: string;
  log: string;
  /** Bytes of the copy on disk, if they were asked for and could be counted. */
  diskBytes?: number;
}

/** Every directory that is copied into; the first is the data directory to be. */
const copyDirectories = ({ incomingDirectory, linked = [] }: FollowerTarget): string[] => [
  incomingDirectory,
  ...linked.map(({ incoming }) => incoming),
];

export async function jobStatus({ follower }: StepInput, host: Host, measure = false): Promise<JobStatus> {
  const script = jobStatusScript({
    dataDirectory: follower.location.dataDirectory,
    op: follower.op.id,
    directories: copyDirectories(follower),
    measure,
  });
  return read(await runScript(host, script));
}

/** Starts the next job, or attaches: the answer tells which one runs. */
export async function startJob(input: StepInput, host: Host): Promise<JobStatus> {
  const { config, leader, follower } = input;
  const { osUser } = follower.location;
  const runner = jobRunner({
    osUser,
    backupArguments: backupArguments(config, leader, follower),
    verifyArguments: verifyArguments(follower),
    directories: copyDirectories(follower),
    reserve: DISK_RESERVE,
  });
  const guard = followerGuard(input, 'takeBaseBackup', jobCommands(config, leader, follower));
  const job = { directory: follower.incomingDirectory, runner };
  return read(await runScript(host, startJobScript(guard, copyPlace(input), job)));
}

/** Ends whatever is left of the newest job and removes its directory, so that the next one may begin. */
export async function closeJob(input: StepInput, host: Host): Promise<void> {
  const { follower } = input;
  const guard = followerGuard(input, 'takeBaseBackup', removeCopyCommands(follower));
  await runScript(host, closeJobScript(guard, copyPlace(input)));
}

/** Gone, but nothing of it has to be copied again: started once more, it verifies. */
export const isUnverified = ({ state, complete }: JobStatus): boolean =>
  complete && (state === 'vanished' || state === 'orphaned');

/** A job is there, whatever it does. */
export const isTaken = (status: JobStatus): boolean =>
  status.state !== 'absent' &&
  status.state !== 'unstarted' &&
  status.state !== 'closed' &&
  !isUnverified(status);
export const copyPlace = ({
  leader,
  follower: { mode, location, linked },
}: StepInput): CopyDirectoryInput => ({
  mode,
  linked,
  osUser: location.osUser,
  version: location.version,
  binDirectory: location.binDirectory,
  leaderSystemIdentifier: leader.identity.systemIdentifier,
});

function read({ values, text }: Awaited<ReturnType<typeof runScript>>): JobStatus {
  return {
    state: (values.state ?? 'absent') as JobStatus['state'],
    result: values.result ?? '',
    copied: values.copied === 'yes',
    complete: values.complete === 'yes',
    swapped: values.swapped === 'yes',
    note: values.note ?? '',
    job: values.job ?? '',
    log: text('log'),
    ...(/^\d+$/.test(values.bytes ?? '') ? { diskBytes: Number(values.bytes) } : {}),
  };
}
