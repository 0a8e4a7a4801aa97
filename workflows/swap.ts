import { CancellationScope } from '@temporalio/workflow';
import { isReplacing, type ReplacingStep } from './contract/steps.js';
import { inCopyTurn } from './copy-turn.js';
import { takesStep } from './course.js';
import { StepFailed } from './endings.js';
import { untilAnswered } from './park.js';
import type { Branch, Run } from './run.js';
import { attempt, type AnyStepId } from './step.js';
import { swapGatePassed } from './swap-gate.js';

const COPY = ['wipeDataDirectory', 'ensureSlot', 'takeBaseBackup', 'verifyBaseBackup'] as const;

/**
 * Steps 7 to 9, which only make sense together: a person's retry begins with the first one again. In place the wipe
 * comes before them, in the same turn, so that nobody's data is gone while another's copy runs; its gate is waited
 * for outside of the turn.
 */
export async function copyFollower(run: Run, follower: Branch): Promise<void> {
  const ids = COPY.filter((id) => takesStep(run, follower, id));
  if (ids.length === 0) return;
  await untilAnswered(run, follower, async () => {
    if (takesStep(run, follower, 'wipeDataDirectory')) await swapGatePassed(run, follower);
    await inCopyTurn(run, follower, async () => {
      for (const id of ids) await perform(run, follower, id);
    });
  });
}

/** Step 12 with the gate before it. Waiting for a person can be cancelled; the swap itself cannot. */
export async function swapFollower(run: Run, follower: Branch): Promise<void> {
  if (!takesStep(run, follower, 'swapDataDirectory')) return;
  await untilAnswered(run, follower, async () => {
    await swapGatePassed(run, follower);
    await replace(run, follower, 'swapDataDirectory');
  });
}

const perform = (run: Run, follower: Branch, id: AnyStepId): Promise<void> =>
  isReplacing(id) ? replace(run, follower, id) : attempt(run, follower, id);

/** Takes the old data out of service: what that begins it ends. */
async function replace(run: Run, follower: Branch, id: ReplacingStep): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => attempt(run, follower, id));
  } catch (error) {
    follower.inUse = error instanceof StepFailed && error.problem.code === 'FOLLOWER_IN_USE';
    throw error;
  }
}
