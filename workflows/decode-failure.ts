import { ApplicationFailure } from '@temporalio/workflow';
import type { ActivityFailure } from '@temporalio/workflow';
import { isFailureCode } from './contract/codes.js';
import type { FailureKind, Problem } from './contract/failure.js';

export interface DecodedFailure {
  problem: Problem;
  kind: FailureKind;
}

/** Activities throw with the code as type and `{ problem, kind }` as the first detail; all else is a bug. */
export function decodeFailure(failure: ActivityFailure): DecodedFailure {
  const { cause } = failure;
  if (cause instanceof ApplicationFailure && cause.type != null && isFailureCode(cause.type)) {
    const detail: unknown = cause.details?.[0];
    if (isDecoded(detail) && detail.problem.code === cause.type) return detail;
  }
  const detail = cause?.message ?? failure.message;
  const problem: Problem = {
    code: 'INTERNAL',
    message: `${failure.activityType} ended unexpectedly`,
    detail,
  };
  return { problem, kind: 'bug' };
}

function isDecoded(value: unknown): value is DecodedFailure {
  if (typeof value !== 'object' || value === null) return false;
  const { problem, kind } = value as Partial<DecodedFailure>;
  return typeof problem?.message === 'string' && ['retry', 'ask', 'bug'].includes(kind ?? '');
}
