import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  uuid4,
} from '@temporalio/workflow';
import type { ParkedFailure, Problem, ResumeAction } from './contract/failure.js';
import type { FailureCode } from './contract/codes.js';
import { stepDefinition } from './contract/steps.js';
import type { StepId } from './contract/steps.js';
import { decodeFailure } from './decode-failure.js';
import { BranchEnded, PlanOutdated, StepFailed } from './endings.js';
import { dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';

/** Trying again as it stands cannot help: the facts the plan was made of have changed. */
const RETRY_SURVEYS: readonly FailureCode[] = [
  'PLAN_OUTDATED',
  'PLAN_UNSTABLE',
  'DECISION_EXPIRED',
  'LEADER_CHANGED',
  'HOST_CLAIMED',
  'RESTART_NOT_SAFE',
];

/** Temporal retries by itself whatever may pass, so a failed activity always means: ask. */
export async function orFailed<T>(step: StepId, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const wanted = isCancellation(error) && CancellationScope.current().consideredCancelled;
    if (wanted || !(error instanceof ActivityFailure)) throw error;
    const { problem, kind } = decodeFailure(error);
    throw new StepFailed(step, problem, kind);
  }
}

/**
 * Runs `work` until it succeeds, or somebody decides otherwise; undefined when it was skipped. `meanwhile` has
 * something done while it is parked.
 */
export async function untilAnswered<T>(
  run: Run,
  branch: Branch,
  work: () => Promise<T>,
  meanwhile: <A>(wait: () => Promise<A>) => Promise<A> = (wait) => wait(),
): Promise<T | undefined> {
  for (;;) {
    try {
      throwIfStopping(branch);
      return await work();
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      if ((await meanwhile(() => park(run, branch, error))) === 'skip') return undefined;
      if (retrySurveys(branch, error))
        throw new PlanOutdated(stepDefinition(error.step).gate, whyAgain(error.problem));
    }
  }
}

/** Stands still until `resume` answers; an abort ends the branch. */
export async function park(
  run: Run,
  branch: Branch,
  failed: StepFailed,
): Promise<Exclude<ResumeAction, 'abort'>> {
  throwIfStopping(branch);
  delete branch.answer;
  dispatch(run, { type: 'parked', branch: branch.name, failure: parkedFailure(failed) });
  // In and after the swap no cancellation arrives here, but waiting ends all the same.
  await condition(() => branch.answer !== undefined || branch.cancelled);
  const action = actionOf(branch);
  if (action === undefined) throw new CancelledFailure('cancelled while parked');
  if (action === 'abort') throw new BranchEnded('aborted');
  if (action === 'skip')
    dispatch(run, { type: 'stepSkipped', branch: branch.name, step: failed.step, at: now() });
  return action;
}

const retrySurveys = ({ swap }: Branch, { step, problem }: StepFailed): boolean =>
  step !== 'surveyAndPlan' && swap !== 'after' && RETRY_SURVEYS.includes(problem.code);

export const whyAgain = ({ message, detail }: Problem): string =>
  detail === undefined ? message : `${message}. ${detail}`;

const actionOf = ({ answer }: Branch): ResumeAction | undefined => answer?.action;

export function throwIfStopping(branch: Branch): void {
  if (branch.cancelled && branch.swap !== 'after') throw new CancelledFailure('cancelled');
}

function parkedFailure({ step, problem, kind }: StepFailed): ParkedFailure {
  const actions: ResumeAction[] = [
    'retry',
    ...(stepDefinition(step).skippable ? ['skip' as const] : []),
    ...(problem.holder === undefined ? [] : ['take-over' as const]),
    'abort',
  ];
  return { ...problem, failureId: uuid4(), step, kind, at: now(), actions };
}
