import { condition } from '@temporalio/workflow';
import { isReplaced } from './approvals.js';
import { isOpen } from './contract/time-window.js';
import { takesStep } from './course.js';
import { WindowClosed } from './endings.js';
import { replanIsWanted, throwIfReplanIsWanted } from './replan-wanted.js';
import { branchState, dispatch } from './run.js';
import type { Branch, Run } from './run.js';
import { insideWindow } from './window.js';

/**
 * Lets `copy.concurrency` followers copy at a time, first come first served, and each begin only inside of
 * `copy.beginWindow`. Whoever waits for that keeps nobody from a turn. A repair copies nothing and never waits.
 */
export async function inCopyTurn<T>(run: Run, follower: Branch, work: () => Promise<T>): Promise<T> {
  if (!takesStep(run, follower, 'takeBaseBackup')) return work();
  const window = run.input.config.copy.beginWindow;
  const mayHaveBegun = copyMayHaveBegun(run, follower);
  return insideWindow(run, follower, { what: 'copy', step: 'ensureSlot', window, mayHaveBegun }, () =>
    inTurn(run, follower, () => {
      // The turn may come only when the window has closed again.
      if (window !== undefined && !mayHaveBegun && !isOpen(window, Date.now())) throw new WindowClosed();
      return work();
    }),
  );
}

/**
 * With its slot the copy has begun. From then on the leader keeps WAL for it, so it goes on at any time, also where
 * a failed one has to start over: waiting for the next night would only keep a day's WAL.
 */
function copyMayHaveBegun(run: Run, follower: Branch): boolean {
  const plan = run.plan?.followers[follower.name];
  const slot = branchState(run, follower).steps.find(({ id }) => id === 'ensureSlot');
  if (isReplaced(follower)) return true; // in place: its data is gone
  return plan?.retainedWalBytes !== undefined || plan?.target.class === 'copied' || slot?.status === 'done';
}

async function inTurn<T>(run: Run, follower: Branch, work: () => Promise<T>): Promise<T> {
  const { copyQueue } = run;
  const mayCopy = () => copyQueue.indexOf(follower.name) < run.input.config.copy.concurrency;
  copyQueue.push(follower.name);
  try {
    if (!mayCopy()) dispatch(run, { type: 'branchPhase', branch: follower.name, phase: 'queued' });
    await condition(() => mayCopy() || replanIsWanted(follower));
    throwIfReplanIsWanted(run, follower);
    return await work();
  } finally {
    copyQueue.splice(copyQueue.indexOf(follower.name), 1);
  }
}
