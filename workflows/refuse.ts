import { ApplicationFailure } from '@temporalio/workflow';
import type { FailureCode } from './contract/codes.js';
import type { Problem } from './contract/failure.js';

/** Refuses a message; thrown in a validator it leaves no trace in the run. */
export function refuse(code: FailureCode, message: string, hint?: string): never {
  const problem: Problem = { code, message, ...(hint === undefined ? {} : { hint }) };
  throw ApplicationFailure.create({ type: code, message, details: [{ problem }], nonRetryable: true });
}
