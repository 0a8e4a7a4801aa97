import { CancellationScope } from '@temporalio/workflow';
import { takesStep } from './course.js';
import { StepFailed } from './endings.js';
import { untilAnswered } from './park.js';
import type { Branch, Run } from './run.js';
import { attempt } from './step.js';
import { swapGatePassed } from './swap-gate.js';
import { insideWindow } from './window.js';

/**
 * Step 12 with the gate before it, and the window. Waiting for a person or for the time can be cancelled; the swap
 * itself cannot. A swap that was cut off must not wait a day with the old server stopped.
 */
export async function swapFollower(run: Run, follower: Branch): Promise<void> {
  if (!takesStep(run, follower, 'swapDataDirectory')) return;
  let inUse = false;
  let mayHaveBegun = run.plan?.followers[follower.name]?.target.class === 'copied';
  await untilAnswered(run, follower, async () => {
    await swapGatePassed(run, follower, inUse);
    inUse = false;
    const window = run.input.config.approval.swapWindow;
    try {
      await insideWindow(
        run,
        follower,
        { what: 'swap', step: 'swapDataDirectory', window, mayHaveBegun },
        () => CancellationScope.nonCancellable(() => attempt(run, follower, 'swapDataDirectory')),
      );
    } catch (error) {
      mayHaveBegun = true;
      inUse = error instanceof StepFailed && error.problem.code === 'FOLLOWER_IN_USE';
      throw error;
    }
  });
}
