import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { BranchPhase } from './contract/run-state.js';
import { BranchEnded } from './endings.js';
import { throwIfStopping } from './park.js';
import { dispatch } from './run.js';
import type { Branch, Run } from './run.js';
import { followerInput } from './step.js';
import { takeBack } from './take-back.js';

/**
 * Runs one follower's part in a scope of its own, so that its failure, rejection or cancel stops no
 * other, and takes back what it made when it ends before the swap.
 */
export async function runBranch(
  run: Run,
  follower: Branch,
  work: () => Promise<'done' | 'nothing-to-do'>,
): Promise<void> {
  const phase = await endingOf(follower, work);
  const succeeded = phase === 'done' || phase === 'nothing-to-do';
  if (!succeeded) await CancellationScope.nonCancellable(() => wayOut(run, follower));
  follower.ended = true;
  dispatch(run, { type: 'branchEnded', branch: follower.name, phase });
}

async function endingOf(
  follower: Branch,
  work: () => Promise<'done' | 'nothing-to-do'>,
): Promise<BranchPhase> {
  try {
    return await follower.scope.run(async () => {
      throwIfStopping(follower);
      return work();
    });
  } catch (error) {
    if (error instanceof BranchEnded) return error.phase;
    if (isCancellation(error)) return 'cancelled';
    // A fault of the workflow itself: its task is retried until a worker without the fault comes.
    throw error;
  }
}

async function wayOut(run: Run, follower: Branch): Promise<void> {
  const target = run.plan?.followers[follower.name]?.target;
  if (target === undefined) return;
  dispatch(run, { type: 'gatesClosed', branch: follower.name, decided: false });
  const { kind } = run.input;
  if (kind !== undefined) {
    if (!follower.wrote) return;
    const line = `the ${kind} of operation ${target.op.id} may have begun on ${target.host}; \`runbook ${kind}\` goes on with it`;
    dispatch(run, { type: 'leftovers', branch: follower.name, lines: [line] });
  } else if (follower.swap === 'after') {
    const old =
      target.mode === 'in-place'
        ? 'is deleted'
        : `lies in ${target.replacedDirectory} on ${target.host}, and \`runbook undo\` puts it back`;
    const line = `${target.name} runs on its new data directory; the old data ${old}`;
    dispatch(run, { type: 'leftovers', branch: follower.name, lines: [line] });
  } else if (run.plan?.leader === undefined) {
    if (!target.op.adopted) return;
    const line = `the operation ${target.op.id} of an earlier run is still open on ${target.host}; \`runbook start\` goes on with it`;
    dispatch(run, { type: 'leftovers', branch: follower.name, lines: [line] });
  } else if (follower.wrote || target.op.adopted) {
    await takeBack(run, follower, () => run.activities.undoFollower(followerInput(run, follower)));
  }
}
