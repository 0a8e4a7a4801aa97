import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { stepDefinition, type StepId } from '../workflows/contract/steps.js';
import type { FailureKind, Problem } from '../workflows/contract/failure.js';
import type { HostPool } from './hosts/host.js';
import { StepFailure, stepFailure } from './failures.js';
import { retryDelayMs } from './retry-delay.js';

/** What every step is given besides its input. */
export interface StepContext {
  hosts: HostPool;
  /** Aborted on cancellation, worker shutdown, pause. */
  signal: AbortSignal;
  /** The next heartbeat's details; seen by `watch`, and by the next attempt. */
  progress(details: unknown): void;
  /** What the attempt before has told last by `progress`. */
  lastProgress: unknown;
  /** Whether a retryable error will still be retried; after that a person is asked. */
  isPatient(): boolean;
  /** Waits; rejects at once when the step shall end. */
  sleep(ms: number): Promise<void>;
}

const HEARTBEAT_MS = 1_000;

/**
 * Makes an activity of a step: it gives a sign of life each second, so that a dead worker is noticed
 * within the heartbeat timeout, and turns every error into one that the workflow can read. Retryable
 * errors stay retryable for the step's patience, measured from its first attempt; then a person is asked.
 */
export function defineStep<Input, Result>(
  hosts: HostPool,
  id: StepId,
  work: (input: Input, context: StepContext) => Promise<Result>,
  patienceMs = stepDefinition(id).patienceMs,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const activity = Context.current();
    const beganAt = Date.now();
    let details: unknown = activity.info.heartbeatDetails;
    const beat = setInterval(() => {
      activity.heartbeat(details);
    }, HEARTBEAT_MS);
    try {
      return await work(input, {
        hosts,
        signal: activity.cancellationSignal,
        lastProgress: details,
        progress: (next) => {
          details = next;
          activity.heartbeat(details);
        },
        isPatient: () => isPatient(activity, patienceMs),
        sleep: (ms) => activity.sleep(ms),
      });
    } catch (error) {
      throw transportable(error, patienceMs, activity, beganAt);
    } finally {
      clearInterval(beat);
    }
  };
}

const isPatient = (activity: Context, patienceMs: number): boolean =>
  Date.now() - activity.info.scheduledTimestampMs <= patienceMs;

function transportable(error: unknown, patienceMs: number, activity: Context, beganAt: number): Error {
  // Only the reason itself counts as a cancellation; ssh2's or node's own AbortError would be taken for a failure.
  if (activity.cancellationSignal.aborted) return activity.cancellationSignal.reason as Error;
  if (error instanceof CancelledFailure) return error;
  const failure = asStepFailure(error);
  const kind: FailureKind =
    failure.kind === 'retry' && !isPatient(activity, patienceMs) ? 'ask' : failure.kind;
  return ApplicationFailure.create({
    type: failure.problem.code,
    message: failure.problem.message,
    nonRetryable: kind !== 'retry',
    details: [{ problem: failure.problem, kind } satisfies { problem: Problem; kind: FailureKind }],
    ...(kind === 'retry'
      ? { nextRetryDelay: retryDelayMs(activity.info.attempt, Date.now() - beganAt) }
      : {}),
  });
}

function asStepFailure(error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return stepFailure('INTERNAL', undefined, 'an unforeseen error', {
    detail: text.slice(0, 2_000),
    cause: error,
  });
}
