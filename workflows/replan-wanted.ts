import { PlanOutdated } from './endings.js';
import type { Branch, Run } from './run.js';

/** Its plan is for another configuration than the run's, and can still be made anew. */
export const replanIsWanted = ({ replan, swap }: Branch): boolean =>
  replan !== undefined && swap === 'before';

/** The first follower that comes here has the leader's card made anew as well, unless the leader's own step did. */
export function throwIfReplanIsWanted(run: Run, branch: Branch): void {
  const { replan } = branch;
  if (replan === undefined || !replanIsWanted(branch)) return;
  const leaderToo = run.leader.replan !== undefined;
  delete branch.replan;
  delete run.leader.replan;
  throw new PlanOutdated(leaderToo ? 'change-leader' : 'wipe-follower', replan);
}
