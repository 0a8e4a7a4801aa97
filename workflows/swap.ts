import { CancellationScope } from '@temporalio/workflow';
import { isReplaced } from './approvals.js';
import { isReplacing, replacingStep, type ReplacingStep } from './contract/steps.js';
import { inCopyTurn } from './copy-turn.js';
import { takesStep } from './course.js';
import { StepFailed } from './endings.js';
import { untilAnswered } from './park.js';
import type { Branch, Run } from './run.js';
import { attempt, type AnyStepId } from './step.js';
import { parkRehearsed } from './rehearsal.js';
import { swapGatePassed } from './swap-gate.js';
import { insideWindow } from './window.js';

const COPY = ['wipeDataDirectory', 'ensureSlot', 'takeBaseBackup', 'verifyBaseBackup'] as const;

/**
 * Steps 7 to 9, which only make sense together: a person's retry begins with the first one again. In place the wipe
 * comes before them, in the same turn, so that nobody's data is gone while another's copy runs; its gate, and the
 * window of what takes old data out of service, are waited for outside of the turn.
 */
export async function copyFollower(run: Run, follower: Branch): Promise<void> {
  const ids = COPY.filter((id) => takesStep(run, follower, id));
  if (ids.length === 0) return;
  const copy = (): Promise<void> =>
    inCopyTurn(run, follower, async () => {
      for (const id of ids) await perform(run, follower, id);
    });
  if (takesStep(run, follower, 'wipeDataDirectory')) await replacing(run, follower, copy);
  else await untilAnswered(run, follower, copy);
}

/** Step 12 with the gate before it, and the window. Waiting can be cancelled; the swap itself cannot. */
export async function swapFollower(run: Run, follower: Branch): Promise<void> {
  if (!takesStep(run, follower, 'swapDataDirectory')) return;
  await replacing(run, follower, () => replace(run, follower, 'swapDataDirectory'));
}

/**
 * Work that takes the old data out of service, behind its gate and inside of its window. What was cut off in the
 * middle must not wait a day with the old server stopped.
 */
async function replacing(run: Run, follower: Branch, work: () => Promise<void>): Promise<void> {
  const target = run.plan?.followers[follower.name]?.target;
  const step = replacingStep(target ?? { mode: 'side-by-side' });
  let mayHaveBegun =
    target?.class === 'copied' || (step === 'wipeDataDirectory' && target?.class === 'partial');
  const pass = async (): Promise<void> => {
    await swapGatePassed(run, follower);
    const window = run.input.config.approval.swapWindow;
    const begun = mayHaveBegun || isReplaced(follower);
    try {
      await insideWindow(run, follower, { what: 'swap', step, window, mayHaveBegun: begun }, work);
    } catch (error) {
      mayHaveBegun = true;
      throw error;
    }
  };
  await untilAnswered(run, follower, pass, (wait) => parkRehearsed(run, follower, wait));
}

const perform = (run: Run, follower: Branch, id: AnyStepId): Promise<void> =>
  isReplacing(id) ? replace(run, follower, id) : attempt(run, follower, id);

/** What takes the old data out of service ends what it begins. */
async function replace(run: Run, follower: Branch, id: ReplacingStep): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => attempt(run, follower, id));
  } catch (error) {
    follower.inUse = error instanceof StepFailed && error.problem.code === 'FOLLOWER_IN_USE';
    throw error;
  }
}
