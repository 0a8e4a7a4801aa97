import { expect } from 'vitest';
import { StepFailure } from '../../../activities/failures.js';
import type { Problem } from '../../../workflows/contract/failure.js';

/** The problem a promise fails with; a test fails when it succeeds or fails with anything but a coded failure. */
export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StepFailure)) throw error;
  expect(error.message).toBe(error.problem.message);
  return error.problem;
}
