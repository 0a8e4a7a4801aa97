import { isCancellation } from '@temporalio/workflow';
import type { FollowerStepId, LeaderStepId } from './activities.js';
import { approvalsFor, isReplaced, requireApprovals, restsOnApproval } from './approvals.js';
import type { LeaderStepInput, StepInput, StepResult } from './contract/activities.js';
import type { FailureCode } from './contract/codes.js';
import type { LeaderTarget } from './contract/target.js';
import { cannotBeTakenBack, isJobStep, stepDefinition } from './contract/steps.js';
import type { StepId } from './contract/steps.js';
import { takesStep } from './course.js';
import { PlanOutdated, StepFailed } from './endings.js';
import { untilReleased } from './hold.js';
import { orFailed, throwIfStopping, untilAnswered, whyAgain } from './park.js';
import { throwIfReplanIsWanted } from './replan-wanted.js';
import { dispatch, followerAddresses, now } from './run.js';
import type { Branch, Run } from './run.js';

/** One step of one follower, if its remedy takes it; parks until it is done, skipped or given up. */
export async function step(run: Run, follower: Branch, id: FollowerStepId): Promise<void> {
  if (!takesStep(run, follower, id)) return;
  await untilAnswered(run, follower, () => attempt(run, follower, id));
}

export async function leaderStep(run: Run, id: LeaderStepId): Promise<void> {
  await untilAnswered(run, run.leader, () => attempt(run, run.leader, id));
}

export type AnyStepId = FollowerStepId | LeaderStepId;

export async function attempt(run: Run, branch: Branch, id: AnyStepId): Promise<void> {
  throwIfStopping(branch);
  await untilReleased(run, branch);
  throwIfReplanIsWanted(run, branch);
  requireApprovals(run, branch, id);
  const definition = stepDefinition(id);
  if (definition.gate !== undefined && definition.changes !== undefined) branch.wrote = true;
  const before = branch.swap;
  if (cannotBeTakenBack(id)) branch.swap = 'running';
  if (id === 'startFollower' && branch.swap === 'wiped') branch.swap = 'after'; // it puts the copy into service
  dispatch(run, { type: 'stepStarted', branch: branch.name, step: id, at: now() });
  try {
    const result = await orFailed(id, () => call(run, branch, id));
    if (cannotBeTakenBack(id)) branch.swap = id === 'wipeDataDirectory' ? 'wiped' : 'after';
    if (branch.outdated?.step === id) branch.outdated = undefined;
    dispatch(run, { type: 'stepDone', branch: branch.name, step: id, at: now(), result });
    const { leftovers = [] } = result;
    if (leftovers.length > 0) dispatch(run, { type: 'leftovers', branch: branch.name, lines: leftovers });
  } catch (error) {
    if (cannotBeTakenBack(id)) branch.swap = before === 'wiped' ? 'wiped' : 'before';
    throw stepEnding(run, branch, id, error);
  }
}

const OUTDATED: readonly FailureCode[] = ['PLAN_OUTDATED', 'DECISION_EXPIRED'];

/** What a failed attempt means for the branch. */
function stepEnding(run: Run, branch: Branch, id: FollowerStepId | LeaderStepId, error: unknown): unknown {
  const drop = (status: 'pending' | 'failed') => {
    dispatch(run, { type: 'stepDropped', branch: branch.name, step: id, at: now(), status });
  };
  if (error instanceof StepFailed) {
    const outdated = OUTDATED.includes(error.problem.code) && !isReplaced(branch);
    // Without an approval to withdraw, surveying again would ask nobody and could go round for ever.
    if (!outdated || !restsOnApproval(run, branch, id)) return error;
    const ending = outdatedEnding(branch, error);
    if (ending instanceof PlanOutdated) drop('pending');
    return ending;
  }
  if (isCancellation(error)) drop('failed');
  return error;
}

/** Survey and ask again; but the third time in a row, a person has to find out why first. */
export function outdatedEnding(branch: Branch, failed: StepFailed): PlanOutdated | StepFailed {
  const { step, problem } = failed;
  if (problem.code === 'PLAN_OUTDATED' && isUnstable(branch, step)) return unstable(failed);
  return new PlanOutdated(stepDefinition(step).gate, whyAgain(problem));
}

const TIMES_IN_A_ROW = 3;

function isUnstable(branch: Branch, step: StepId): boolean {
  const times = branch.outdated?.step === step ? branch.outdated.times + 1 : 1;
  branch.outdated = times < TIMES_IN_A_ROW ? { step, times } : undefined;
  return times >= TIMES_IN_A_ROW;
}

const unstable = ({ step, problem, kind }: StepFailed): StepFailed =>
  new StepFailed(
    step,
    {
      ...problem,
      code: 'PLAN_UNSTABLE',
      message: `${problem.message}, for the third time in a row`,
      hint: 'Find out what changes it; then `runbook resume` surveys again.',
    },
    kind,
  );

function call(run: Run, branch: Branch, id: FollowerStepId | LeaderStepId): Promise<StepResult> {
  if (id === 'ensureLeaderSettings' || id === 'restartLeader') {
    return run.activities.leaderStep(id, leaderInput(run, branch));
  }
  return run.activities.followerStep(id, { ...followerInput(run, branch), ...onlyFor(run, id) });
}

function onlyFor(run: Run, id: FollowerStepId): Partial<StepInput> {
  if (id === 'prepareSwitchover') return { addresses: followerAddresses(run) };
  if (isJobStep(id)) return { copyStallMs: run.input.timings.copyStallMs };
  return {};
}

export function leaderInput(run: Run, branch: Branch): LeaderStepInput {
  return {
    config: run.input.config,
    claimant: run.claimant,
    leader: leaderTarget(run),
    approvals: approvalsFor(run, branch),
  };
}

export function followerInput(run: Run, follower: Branch): StepInput {
  const target = run.plan?.followers[follower.name]?.target;
  if (target === undefined) throw new Error(`no plan for ${follower.name}`);
  return { ...leaderInput(run, follower), follower: target };
}

function leaderTarget(run: Run): LeaderTarget {
  const target = run.plan?.leader?.target;
  if (target === undefined) throw new Error('no plan for the leader');
  return target;
}
