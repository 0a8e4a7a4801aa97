import { differingKeys } from '../planning/commands/fingerprint.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { StepFailure, stepFailure } from './failures.js';
import { Refusal } from './run-script.js';

/** A script's PLAN_OUTDATED, with what differs from the approved card named; any other error as it is. */
export function outdated({ follower }: StepInput, error: unknown): unknown {
  if (
    !(error instanceof StepFailure) ||
    error.problem.code !== 'PLAN_OUTDATED' ||
    !(error.cause instanceof Refusal)
  )
    return error;
  const now = (error.cause.texts.lines ?? '').trim().split('\n');
  return stepFailure('PLAN_OUTDATED', follower.name, 'its data directory is not the one that was approved', {
    detail: `These differ: ${differingKeys(follower.fingerprintLines, now).join(', ')}.`,
    hint: 'The run surveys again; read the new card.',
  });
}
