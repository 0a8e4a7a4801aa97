import { condition } from '@temporalio/workflow';
import { takesStep } from './course.js';
import { dispatch } from './run.js';
import type { Branch, Run } from './run.js';

/** Lets `copy.concurrency` followers copy at a time, first come first served. A repair copies nothing and never waits. */
export async function inCopyTurn<T>(run: Run, follower: Branch, work: () => Promise<T>): Promise<T> {
  if (!takesStep(run, follower, 'takeBaseBackup')) return work();
  const { copyQueue } = run;
  const mayCopy = () => copyQueue.indexOf(follower.name) < run.input.config.copy.concurrency;
  copyQueue.push(follower.name);
  try {
    if (!mayCopy()) dispatch(run, { type: 'branchPhase', branch: follower.name, phase: 'queued' });
    await condition(mayCopy);
    return await work();
  } finally {
    copyQueue.splice(copyQueue.indexOf(follower.name), 1);
  }
}
