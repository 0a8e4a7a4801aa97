import { CODES } from '../workflows/contract/codes.js';
import type { FailureCode } from '../workflows/contract/codes.js';
import type { Problem } from '../workflows/contract/failure.js';

/** What a command ends with when it cannot do what it was asked; the code decides the exit code. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/** Without a hint of its own a failure carries its code's action: nobody is left without a next step. */
export function commandFailure(
  code: FailureCode,
  message: string,
  rest: { detail?: string | undefined; hint?: string | undefined; cause?: unknown } = {},
): CommandFailure {
  const problem: Problem = { code, message, hint: rest.hint ?? CODES[code].action };
  if (rest.detail !== undefined && rest.detail !== '') problem.detail = rest.detail;
  return new CommandFailure(problem, rest.cause);
}
