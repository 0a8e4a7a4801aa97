import { CancellationScope } from '@temporalio/workflow';
import type { ReversalInput } from './contract/input.js';
import type { RunState } from './contract/run-state.js';
import { gatesPassed } from './gate.js';
import { orCancelled } from './leader.js';
import { whilePlanHolds } from './replan.js';
import { createRun } from './run.js';
import type { Branch, Run } from './run.js';
import { runToEnd } from './run-to-end.js';
import { nothingForbids } from './survey.js';

/** Survey, gate, then the work, which nobody cancels in its middle: a half of it helps nobody. */
export async function reverse(
  input: ReversalInput,
  work: (run: Run, follower: Branch) => Promise<void>,
): Promise<RunState> {
  const run = createRun(input);
  return runToEnd(run, async (follower, surveyed) => {
    await orCancelled(surveyed);
    return whilePlanHolds(run, follower, async () => {
      if (!(await nothingForbids(run, follower))) return 'nothing-to-do';
      await gatesPassed(run, follower);
      await CancellationScope.nonCancellable(() => work(run, follower));
      return 'done';
    });
  });
}
