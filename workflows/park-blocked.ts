import { blocked } from './blockers.js';
import type { Holder } from './contract/failure.js';
import type { Finding } from './contract/plan.js';
import { orFailed, park, untilAnswered } from './park.js';
import { LEADER_BRANCH } from './contract/run-events.js';
import type { Branch, Run } from './run.js';

/** Parks a branch for its blockers. Whatever is answered, the hosts are surveyed again after it. */
export async function parkBlocked(run: Run, branch: Branch, blockers: Finding[]): Promise<void> {
  const failed = blocked(blockers);
  const action = await park(run, branch, failed);
  if (action === 'take-over' && failed.problem.holder !== undefined)
    await takeOver(run, branch, failed.problem.holder);
}

/**
 * The holder's operations become this run's, which the survey then adopts: a copy that runs goes on. A holder
 * that lives after all is shut out by their epoch.
 */
async function takeOver(run: Run, branch: Branch, holder: Holder): Promise<void> {
  const { config } = run.input;
  const isLeader = branch.name === LEADER_BRANCH;
  const target = isLeader ? run.plan?.leader?.target : run.plan?.followers[branch.name]?.target;
  if (target === undefined) return;
  const input = {
    config,
    claimant: run.claimant,
    host: isLeader ? config.leader.name : branch.name,
    dataDirectory: target.location.dataDirectory,
    holder,
    by: branch.answer?.by ?? run.input.requester,
  };
  await untilAnswered(run, branch, () =>
    orFailed('surveyAndPlan', () => run.activities.takeOver(branch.name, input)),
  );
}
