import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { DEFAULT_TIMINGS } from '../../workflows/contract/input.js';
import { followerAddress } from '../address-of.js';
import { copyDanger } from '../copy-danger.js';
import { closeJob, isTaken, isUnverified, jobStatus, startJob, type JobStatus } from '../copy-job.js';
import { askAboutStall } from '../copy-stall.js';
import { endLeftSenders } from '../copy-senders.js';
import { CopyWatcher } from '../copy-watcher.js';
import { StepFailure } from '../failures.js';
import { giveUpCopy } from '../give-up-copy.js';
import { jobFailure } from '../job-failure.js';
import { lookAtLeader } from '../leader-look.js';
import { leaderSql, onLeader } from '../on-leader.js';
import type { StepContext } from '../step.js';
import { readSlot, slotInUse } from './ensure-slot.js';
import { tellWalWarning } from '../tell-wal-warning.js';

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
 * attempt, whoever asks for it, begins anew. The same poll keeps watch over the leader.
 */
async function followJob(
  input: StepInput,
  context: StepContext,
  isReached: (status: JobStatus) => boolean,
): Promise<{ status: JobStatus; started: boolean }> {
  const watcher = new CopyWatcher(input, context);
  const stallMs = input.copyStallMs ?? DEFAULT_TIMINGS.copyStallMs;
  let started = false;
  for (;;) {
    const measure = watcher.wantsDiskBytes(stallMs);
    // Both at once: whoever attaches shall show soon where the copy stands. The leader also while the follower
    // cannot be reached: the copy may go on there, and the leader pays for it.
    const [looked, leader] = await Promise.all([
      lookAtJob(input, context, measure).catch((error: unknown) => asUnreached(error)),
      watcher.lookAtLeader(),
    ]);
    let status = looked;
    if (!(status instanceof StepFailure)) {
      if (status.swapped || (isTaken(status) && isReached(status))) return { status, started };
      if (!isTaken(status)) {
        status = await begin(input, context, status);
        started = true;
      }
    }
    const danger = leader === undefined ? undefined : copyDanger(input, leader);
    if (danger !== undefined) await giveUpCopy(input, context, danger);
    if (status instanceof StepFailure) throw status;
    context.progress(watcher.keep(await tellWalWarning(input, context, watcher.note(status, leader))));
    if (watcher.stillMs >= stallMs) await askAboutStall(input, context, watcher.stillMs, leader);
    await context.sleep(POLL_MS);
  }
}

async function lookAtJob(input: StepInput, context: StepContext, measure: boolean): Promise<JobStatus> {
  const follower = followerAddress(input.config, input.follower.name);
  const status = await context.hosts.use(follower, (host) => jobStatus(input, host, measure));
  const failure = status.swapped ? undefined : jobFailure(input.follower.name, status);
  if (failure === undefined) return status;
  if (failure.kind !== 'retry') return giveUpCopy(input, context, failure);
  // It begins again at once, from the slot that is there.
  await context.hosts.use(follower, (host) => closeJob(input, host));
  throw failure;
}

/** The look failed for a reason that may pass; the job goes on without us. */
function asUnreached(error: unknown): StepFailure {
  if (error instanceof StepFailure && error.kind === 'retry' && error.problem.code !== 'COPY_INTERRUPTED')
    return error;
  throw error;
}

/** Who else uses the slot: pg_basebackup would only fail on it, again and again. */
async function takenSlot(input: StepInput, context: StepContext): Promise<StepFailure | undefined> {
  const { slotName, clientAddress } = input.follower;
  return onLeader(input, context, async (host) => {
    const slot = await leaderSql(input, host, (session) => readSlot(session, slotName));
    return slot === undefined ? undefined : slotInUse(host, slotName, slot, clientAddress);
  });
}

/** A new copy needs a leader that can afford it, and nobody left on its slot; one that is only verified needs neither. */
async function begin(input: StepInput, context: StepContext, status: JobStatus): Promise<JobStatus> {
  if (!isUnverified(status)) {
    const danger = copyDanger(input, await lookAtLeader(input, context, undefined));
    if (danger !== undefined) await giveUpCopy(input, context, danger);
    await onLeader(input, context, (host) => endLeftSenders(input, host, context));
    const taken = await takenSlot(input, context);
    if (taken !== undefined) await giveUpCopy(input, context, taken);
  }
  return context.hosts.use(followerAddress(input.config, input.follower.name), (host) =>
    startJob(input, host),
  );
}
