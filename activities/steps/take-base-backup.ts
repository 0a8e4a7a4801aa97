import type { CopyProgress, StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { closeJob, jobFailure, jobStatus, startJob, type JobStatus } from '../copy-job.js';
import { readCopyProgress } from '../copy-progress.js';
import { StepFailure } from '../failures.js';
import { leaderSql, onLeader } from '../on-leader.js';
import type { StepContext } from '../step.js';

const POLL_MS = 1_000;

/** Step 8. Attaches to the copy, starts it where there is none, and waits until pg_basebackup has ended well. */
export async function takeBaseBackup(input: StepInput, context: StepContext): Promise<StepResult> {
  const { status, started } = await followJob(input, context, ({ copied }) => copied);
  if (status.swapped) return { changed: false, evidence: 'the copy is in place already' };
  return { changed: started, evidence: `pg_basebackup ended well (${status.job})` };
}

/** Step 9. Part of the same job; the stamp is the digest of the manifest that every file was checked against. */
export async function verifyBaseBackup(input: StepInput, context: StepContext): Promise<StepResult> {
  const { status } = await followJob(input, context, ({ state }) => state === 'ended');
  if (status.swapped) return { changed: false, evidence: 'the copy is in place already' };
  return {
    changed: false,
    evidence: `pg_verifybackup found every file right, manifest ${status.result.split(' ')[1]?.slice(0, 12) ?? ''}`,
  };
}

/**
 * The one loop around the job. It may be left and entered at any time: the job neither knows nor cares.
 * A job that failed is cleaned up before the failure is told, so that the disk is free again and the next
 * attempt, whoever asks for it, begins anew.
 */
async function followJob(
  input: StepInput,
  context: StepContext,
  isReached: (status: JobStatus) => boolean,
): Promise<{ status: JobStatus; started: boolean }> {
  const follower = followerAddress(input.config, input.follower.name);
  let progress: CopyProgress | undefined;
  let started = false;
  for (;;) {
    const status = await context.hosts.use(follower, async (host) => {
      const seen = await jobStatus(input, host);
      if (seen.swapped) return seen;
      const failure = jobFailure(host, seen);
      if (failure !== undefined) {
        await closeJob(input, host);
        throw failure;
      }
      if (seen.state !== 'absent' && seen.state !== 'unstarted' && seen.state !== 'closed') return seen;
      started = true;
      return startJob(input, host);
    });
    if (status.swapped || isReached(status)) return { status, started };
    progress = await lookAtProgress(input, context, status, progress);
    context.progress(progress);
    await context.sleep(POLL_MS);
  }
}

/** Progress is only shown: a leader that cannot be asked at the moment does not disturb the copy. */
async function lookAtProgress(
  input: StepInput,
  context: StepContext,
  status: JobStatus,
  last: CopyProgress | undefined,
): Promise<CopyProgress> {
  const at = new Date().toISOString();
  if (status.copied)
    return {
      bytesDone: last?.bytesTotal ?? 0,
      bytesTotal: last?.bytesTotal ?? 0,
      phase: 'verifying',
      at,
      job: status.job,
    };
  try {
    return await onLeader(input, context, (host) =>
      leaderSql(input, host, (session) => readCopyProgress(session, input, last, status.job)),
    );
  } catch (error) {
    if (error instanceof StepFailure)
      return last ?? { bytesDone: 0, bytesTotal: 0, phase: 'starting', at, job: status.job };
    throw error;
  }
}
