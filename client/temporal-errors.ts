import {
  ApplicationFailure,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { isFailureCode } from '../workflows/contract/codes.js';
import type { FailureCode } from '../workflows/contract/codes.js';
import type { Problem } from '../workflows/contract/failure.js';
import { CommandFailure, commandFailure } from './failure.js';

// gRPC's own numbers; its enum would mean another direct dependency.
const UNAVAILABLE = 14;
const CANCELLED = 1;
const FAILED_PRECONDITION = 9;

/** No answer came in time: what was sent may or may not have arrived. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
  causes(error).some(
    (cause) => isGrpcDeadlineError(cause) || grpcCode(cause) === UNAVAILABLE || grpcCode(cause) === CANCELLED,
  );

/**
 * Minutes after the last worker has gone, at times seconds after it was killed, the server does not even wait for
 * another one. Its words are all that tells this from a run whose own code fails.
 */
export const isNobodyPolling = (error: unknown): boolean =>
  causes(error).some(
    (cause) =>
      isGrpcServiceError(cause) &&
      grpcCode(cause) === FAILED_PRECONDITION &&
      /no poller seen/.test(cause.details),
  );

export const isServerGone = (error: unknown): boolean =>
  causes(error).some((cause) => grpcCode(cause) === UNAVAILABLE);

const grpcCode = (cause: unknown): number | undefined => (isGrpcServiceError(cause) ? cause.code : undefined);

export const isNotFound = (error: unknown): boolean =>
  causes(error).some((cause) => cause instanceof WorkflowNotFoundError);

/** The problem an update's validator, or a step, put into its failure: its code is the failure's type. */
export function problemIn(error: unknown): Problem | undefined {
  for (const cause of causes(error)) {
    if (!(cause instanceof ApplicationFailure) || cause.type == null || !isFailureCode(cause.type)) continue;
    const detail: unknown = cause.details?.[0];
    return problemOf(cause.type, cause.message, detail);
  }
  return undefined;
}

/** A `CommandFailure` for whatever Temporal's client threw; everything else as it is. */
export function asCommandFailure(error: unknown): unknown {
  if (error instanceof CommandFailure) return error;
  const problem = problemIn(error);
  if (problem !== undefined)
    return commandFailure(problem.code, problem.message, { ...problem, cause: error });
  if (isServerGone(error)) {
    return commandFailure('TEMPORAL_UNREACHABLE', 'the Temporal server went away', { cause: error });
  }
  return error;
}

/** Failures carry the problem itself, or `{ problem }`. */
function problemOf(code: FailureCode, message: string, detail: unknown): Problem {
  const found = isRecord(detail) && isRecord(detail['problem']) ? detail['problem'] : detail;
  const text = (key: string): string | undefined =>
    isRecord(found) && typeof found[key] === 'string' ? found[key] : undefined;
  const problem: Problem = { code, message: text('message') ?? message };
  const [more, hint] = [text('detail'), text('hint')];
  if (more !== undefined) problem.detail = more;
  if (hint !== undefined) problem.hint = hint;
  return problem;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 10;) {
    chain.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return chain;
}
