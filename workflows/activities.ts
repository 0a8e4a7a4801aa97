import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type {
  Activities,
  LeaderStepInput,
  NotifyInput,
  StepInput,
  StepResult,
  SurveyInput,
  TakeOverInput,
  UndoResult,
} from './contract/activities.js';
import type { RunTimings } from './contract/input.js';
import type { SwapLook } from './contract/card.js';
import type { Plan } from './contract/plan.js';
import type { ReversalKind } from './contract/target.js';
import type { ReadReportInput, ReportInput, RunReport } from './contract/report.js';
import { isUnlimited, stepDefinition } from './contract/steps.js';
import type { StepId } from './contract/steps.js';

export type LeaderStepId = 'ensureLeaderSettings' | 'restartLeader';
export type FollowerStepId = Exclude<StepId, LeaderStepId | 'surveyAndPlan'>;

/** Every activity, with a summary that makes Temporal's own UI readable and an id that names the branch. */
export interface RunActivities {
  /** `kind`: the survey of an undo or a purge. */
  survey(branch: string, input: SurveyInput, kind?: ReversalKind): Promise<Plan>;
  leaderStep(step: LeaderStepId, input: LeaderStepInput): Promise<StepResult>;
  followerStep(step: FollowerStepId, input: StepInput): Promise<StepResult>;
  keepRehearsal(input: StepInput): Promise<void>;
  lookBeforeSwap(input: StepInput): Promise<SwapLook>;
  undoFollower(input: StepInput): Promise<UndoResult>;
  undoLeader(input: LeaderStepInput): Promise<UndoResult>;
  takeOver(branch: string, input: TakeOverInput): Promise<StepResult>;
  notify(input: NotifyInput): Promise<void>;
  writeReport(input: ReportInput): Promise<{ folder: string }>;
  readReport(input: ReadReportInput): Promise<RunReport>;
}

/** Of what takes as long as it takes. */
const LONG_TIMEOUT = '30 days';

/** The one place that makes activity proxies. */
export function activitiesFor(timings: RunTimings): RunActivities {
  const proxies = proxyActivities<Activities>(optionsFor(timings));
  const follower = (step: FollowerStepId, input: StepInput) => ({
    ...named(step, input.follower.name, `${stepDefinition(step).title}: ${input.follower.name}`),
    ...(isUnlimited(step) ? { startToCloseTimeout: LONG_TIMEOUT } : {}),
  });
  return {
    survey: (branch, input, kind) => {
      const options = named('surveyAndPlan', branch, stepDefinition('surveyAndPlan').title);
      return kind === undefined
        ? proxies.surveyAndPlan.executeWithOptions(options, [input])
        : proxies.surveyReplaced.executeWithOptions(options, [{ ...input, kind }]);
    },
    leaderStep: (step, input) =>
      proxies[step].executeWithOptions(
        named(step, input.leader.name, `${stepDefinition(step).title}: ${input.leader.name}`),
        [input],
      ),
    followerStep: (step, input) => proxies[step].executeWithOptions(follower(step, input), [input]),
    keepRehearsal: (input) =>
      proxies.keepRehearsal.executeWithOptions(
        {
          ...named(
            'rehearseFollower',
            input.follower.name,
            `Keep the rehearsal going: ${input.follower.name}`,
          ),
          startToCloseTimeout: LONG_TIMEOUT,
        },
        [input],
      ),
    lookBeforeSwap: (input) =>
      proxies.lookBeforeSwap.executeWithOptions(
        named('lookBeforeSwap', input.follower.name, `Look before the swap: ${input.follower.name}`),
        [input],
      ),
    takeOver: (branch, input) =>
      proxies.takeOver.executeWithOptions(
        named('takeOver', branch, `Take over from ${input.holder.workflowId}: ${input.host}`),
        [input],
      ),
    notify: (input) =>
      proxies.notify.executeWithOptions({ summary: `Tell: ${input.notification.message}` }, [input]),
    writeReport: (input) => proxies.writeReport.executeWithOptions({ summary: 'Write the report' }, [input]),
    readReport: (input) => proxies.readReport.executeWithOptions({ summary: 'Read the report' }, [input]),
    undoFollower: (input) =>
      proxies.undoFollower.executeWithOptions(
        named('undoFollower', input.follower.name, `Take back what was made for ${input.follower.name}`),
        [input],
      ),
    undoLeader: (input) =>
      proxies.undoLeader.executeWithOptions(
        named('undoLeader', input.leader.name, `Take back what was made on ${input.leader.name}`),
        [input],
      ),
  };
}

const named = (activity: string, branch: string, summary: string): ActivityOptions => ({
  activityId: `${activity}/${branch}`,
  summary,
});

const optionsFor = (timings: RunTimings): ActivityOptions => ({
  heartbeatTimeout: timings.heartbeatTimeoutMs,
  startToCloseTimeout: timings.stepTimeoutMs,
  // No maximumAttempts: every orderly shutdown of a worker uses one up. How long to try is the
  // activity's own decision; it says so by failing without retry.
  retry: { initialInterval: '1 second', backoffCoefficient: 1 },
  // The SDK's default lets the workflow clean up before the job on the host has stopped.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
