import { tooOld } from './approvals.js';
import { commonBlockers, hostBlockers } from './blockers.js';
import type { Plan } from './contract/plan.js';
import { gateOf } from './gate.js';
import { leaderIsAsked, merge, publish } from './merge-plan.js';
import { orFailed, untilAnswered } from './park.js';
import { parkBlocked } from './park-blocked.js';
import { dispatch, followerAddresses, now } from './run.js';
import type { Branch, Run } from './run.js';

/** Step 1: one survey of all hosts. A blocker of the leader, or of no host, parks the whole run. */
export async function surveyTogether(run: Run): Promise<void> {
  const { leader } = run;
  for (;;) {
    // One that comes in during the survey is for the next.
    for (const branch of [leader, ...run.followers]) delete branch.replan;
    publish(run, await survey(run, leader, run.followers));
    const blockers = commonBlockers(run);
    if (blockers.length === 0) break;
    await parkBlocked(run, leader, blockers);
  }
  dispatch(run, { type: 'branchPhase', branch: leader.name, phase: 'queued' });
}

/** Surveys one follower again: its plan is new, and so is the leader's where no good approval stands. */
export async function surveyAgain(run: Run, follower: Branch, leaderGateOutdated: boolean): Promise<void> {
  delete follower.replan;
  const leaderGate = gateOf(run, run.leader);
  const again = leaderGateOutdated || tooOld(run, leaderGate?.decision);
  const outdated = again ? leaderGate?.token : undefined;
  // A new card for the leader must name what every follower still needs there.
  const whom = leaderIsAsked(run, outdated) ? activeFollowers(run) : [follower];
  merge(run, await survey(run, follower, whom), [follower], outdated);
}

/** Surveys for the leader's sake only: the followers keep the plans that were approved for them. */
export async function surveyLeaderAgain(run: Run): Promise<void> {
  delete run.leader.replan;
  const outdated = gateOf(run, run.leader)?.token;
  for (;;) {
    merge(run, await survey(run, run.leader, activeFollowers(run)), [], outdated);
    const blockers = commonBlockers(run);
    if (blockers.length === 0) return;
    await parkBlocked(run, run.leader, blockers);
  }
}

const activeFollowers = (run: Run): Branch[] =>
  run.followers.filter(({ ended, swap }) => !ended && swap === 'before');

/** Parks the follower until nothing forbids its plan, and returns whether there is anything to do. */
export async function nothingForbids(run: Run, follower: Branch): Promise<boolean> {
  for (;;) {
    const blockers = [...commonBlockers(run), ...hostBlockers(run, follower)];
    if (blockers.length === 0) break;
    await parkBlocked(run, follower, blockers);
    await surveyAgain(run, follower, false);
  }
  const plan = run.plan?.followers[follower.name];
  if (run.input.kind !== undefined) return plan?.needsGate === true;
  return plan?.needsGate === true || plan?.target.class !== 'healthy';
}

async function survey(run: Run, branch: Branch, followers: readonly Branch[]): Promise<Plan> {
  const names = followers.map(({ name }) => name);
  const { config } = run.input;
  const input = {
    config: { ...config, followers: config.followers.filter(({ name }) => names.includes(name)) },
    claimant: run.claimant,
    // All of them, also of followers that are not looked at: their records on the leader are known by these.
    ops: Object.fromEntries(
      run.followers.map(({ name, op }) => [name, run.plan?.followers[name]?.target.op.id ?? op]),
    ),
    leaderOp: run.plan?.leader?.target.op.id ?? run.leader.op,
    addresses: followerAddresses(run),
  };
  const plan = await untilAnswered(run, branch, async () => {
    dispatch(run, { type: 'stepStarted', branch: branch.name, step: 'surveyAndPlan', at: now() });
    return orFailed('surveyAndPlan', () => run.activities.survey(branch.name, input, run.input.kind));
  });
  if (plan === undefined) throw new Error('a survey cannot be skipped');
  const result = {
    changed: false,
    evidence: `${String(plan.findings.length)} finding${plan.findings.length === 1 ? '' : 's'}`,
  };
  dispatch(run, { type: 'stepDone', branch: branch.name, step: 'surveyAndPlan', at: now(), result });
  return plan;
}
