import { CancellationScope } from '@temporalio/workflow';
import { takesStep } from './course.js';
import { StepFailed } from './endings.js';
import { untilAnswered } from './park.js';
import type { Branch, Run } from './run.js';
import { attempt } from './step.js';
import { swapGatePassed } from './swap-gate.js';

/** Step 12 with the gate before it. Waiting for a person can be cancelled; the swap itself cannot. */
export async function swapFollower(run: Run, follower: Branch): Promise<void> {
  if (!takesStep(run, follower, 'swapDataDirectory')) return;
  let inUse = false;
  await untilAnswered(run, follower, async () => {
    await swapGatePassed(run, follower, inUse);
    inUse = false;
    try {
      await CancellationScope.nonCancellable(() => attempt(run, follower, 'swapDataDirectory'));
    } catch (error) {
      inUse = error instanceof StepFailed && error.problem.code === 'FOLLOWER_IN_USE';
      throw error;
    }
  });
}
