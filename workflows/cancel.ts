import type { CancelAnswer, CancelInput } from './contract/messages.js';
import { takesStep } from './course.js';
import { refuse } from './refuse.js';
import type { Branch, Run } from './run.js';

export function validateCancel(run: Run, { follower }: CancelInput): void {
  if (follower === undefined) return;
  const branch = run.followers.find(({ name }) => name === follower);
  if (branch === undefined) refuse('USAGE', `${follower} is no follower of this run`);
  if (branch.ended) refuse('RUN_CLOSED', `${follower}: its part of the run has already ended`);
}

/** Stops what can still be taken back; past the swap the rest is finished, which is what is safe. */
export function cancel(run: Run, { follower }: CancelInput): CancelAnswer {
  const meant = run.followers.filter(
    ({ name, ended }) => !ended && (follower === undefined || name === follower),
  );
  const undoing = meant.filter(({ cancelled, swap }) => cancelled && swap !== 'after');
  for (const branch of meant) stop(branch);
  if (run.followers.every(({ ended, cancelled }) => ended || cancelled)) stop(run.leader);
  const names = (some: readonly Branch[]) => some.map(({ name }) => name);
  return {
    stopping: names(meant.filter((branch) => canBeGivenUp(run, branch) && !undoing.includes(branch))),
    finishing: names(meant.filter((branch) => !canBeGivenUp(run, branch))),
    undoing: names(undoing.filter((branch) => canBeGivenUp(run, branch))),
  };
}

/** In place a wipe that has begun is ended, and then there is still a copy to give up. */
const canBeGivenUp = (run: Run, branch: Branch): boolean =>
  ['before', 'wiped'].includes(branch.swap) ||
  (branch.swap === 'running' && takesStep(run, branch, 'wipeDataDirectory'));

function stop(branch: Branch): void {
  branch.cancelled = true;
  branch.scope.cancel();
}
