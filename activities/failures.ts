import { CODES } from '../workflows/contract/codes.js';
import type { FailureCode } from '../workflows/contract/codes.js';
import type { FailureKind, Problem } from '../workflows/contract/failure.js';

/** A failure with a stable code, as every layer below the steps throws it. */
export class StepFailure extends Error {
  override name = 'StepFailure';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }

  get kind(): FailureKind {
    return CODES[this.problem.code].kind;
  }
}

/** `host` comes first in the message, so that a line in a log says where at once. */
export function stepFailure(
  code: FailureCode,
  host: string | undefined,
  message: string,
  rest: { detail?: string | undefined; hint?: string | undefined; cause?: unknown } = {},
): StepFailure {
  const problem: Problem = { code, message: host === undefined ? message : `${host}: ${message}` };
  if (host !== undefined) problem.host = host;
  if (rest.detail !== undefined && rest.detail !== '') problem.detail = rest.detail;
  if (rest.hint !== undefined) problem.hint = rest.hint;
  return new StepFailure(problem, rest.cause);
}
