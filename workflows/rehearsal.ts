import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { FailureCode } from './contract/codes.js';
import { takesStep } from './course.js';
import { PlanOutdated, StepFailed } from './endings.js';
import { swapGateOf } from './gate.js';
import { orFailed, park, whyAgain } from './park.js';
import { branchState, dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';
import { followerInput, step } from './step.js';

/** With these the copy was given up, for the leader's sake: there is nothing left to rehearse, nor to swap. */
const COPY_GONE: readonly FailureCode[] = ['SLOT_LOST', 'LEADER_WAL_BUDGET'];

/**
 * Waits, and has the rehearsal kept going meanwhile, so that the slot is used until the swap: a gate may stay open
 * for days, and the host may be rebooted. Where the rehearsal fails a person is asked, and may have it left out.
 * Answers whether the wait came to its end; false: it has to begin again, for the copy was rehearsed anew.
 */
export async function waitRehearsed(
  run: Run,
  follower: Branch,
  wait: () => Promise<unknown>,
): Promise<boolean> {
  const fault = await keepRehearsedUntil(run, follower, wait);
  if (fault === undefined) return true;
  const gate = swapGateOf(run, follower);
  if (gate !== undefined && gate.decision === undefined)
    dispatch(run, { type: 'gateWithdrawn', branch: follower.name, gateId: gate.id });
  dispatch(run, {
    type: 'stepDropped',
    branch: follower.name,
    step: 'rehearseFollower',
    at: now(),
    status: 'failed',
  });
  const answer = await park(run, follower, fault);
  if (COPY_GONE.includes(fault.problem.code))
    throw new PlanOutdated('wipe-follower', whyAgain(fault.problem));
  if (answer === 'retry') await step(run, follower, 'rehearseFollower');
  return false;
}

/** The same for somebody who is asked for something else already: a rehearsal that fails as well can wait. */
export async function parkRehearsed<T>(run: Run, follower: Branch, wait: () => Promise<T>): Promise<T> {
  const waiting = wait();
  await keepRehearsedUntil(run, follower, () => waiting);
  return waiting;
}

/** What the rehearsal failed on, if it did before the wait was over. */
async function keepRehearsedUntil(
  run: Run,
  follower: Branch,
  wait: () => Promise<unknown>,
): Promise<StepFailed | undefined> {
  if (!isRehearsed(run, follower)) {
    await wait();
    return undefined;
  }
  let fault: StepFailed | undefined;
  const [keeper, waiting] = [new CancellationScope(), new CancellationScope()];
  const kept = keeper
    .run(() => orFailed('rehearseFollower', () => run.activities.keepRehearsal(followerInput(run, follower))))
    .catch((error: unknown) => {
      if (isCancellation(error)) return;
      if (!(error instanceof StepFailed)) throw error;
      fault = error;
      waiting.cancel();
    });
  try {
    await waiting.run(wait);
  } catch (error) {
    if (fault === undefined || !isCancellation(error)) throw error;
  } finally {
    keeper.cancel();
    await kept;
  }
  return fault;
}

const isRehearsed = (run: Run, follower: Branch): boolean =>
  takesStep(run, follower, 'rehearseFollower') &&
  follower.swap === 'before' &&
  branchState(run, follower).steps.some(({ id, status }) => id === 'rehearseFollower' && status === 'done');
