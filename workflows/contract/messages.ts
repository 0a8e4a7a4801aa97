import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { ResumeAction } from './failure.js';
import type { DecideInput, Decision } from './gates.js';
import type { Plan } from './plan.js';
import type { RunState } from './run-state.js';

export const runStateQuery = defineQuery<RunState>('runState');
export const planQuery = defineQuery<Plan | undefined>('plan');

/** Approves or rejects one gate; refused with a failure code, and then nothing happened. */
export const decideUpdate = defineUpdate<Decision, [DecideInput]>('decide');

export interface RefreshInput {
  gateId: string;
  /** Of the card that is too old. */
  token: string;
}

/**
 * Reads the facts of an open gate's card again where they are too old, and opens the gate with a new card.
 * Answers when that is done, or when the branch needs somebody for another reason.
 */
export const refreshUpdate = defineUpdate<undefined, [RefreshInput]>('refresh');

export interface ResumeInput {
  /** `leader`, or a follower's name. */
  branch: string;
  failureId: string;
  action: ResumeAction;
  by: string;
  reason?: string;
}

export const resumeUpdate = defineUpdate<undefined, [ResumeInput]>('resume');

export interface CancelInput {
  /** Absent: the whole run. */
  follower?: string;
  by: string;
  reason?: string;
}

/** Names of followers, by what the cancel means for them. */
export interface CancelAnswer {
  /** Their work stops, and what this run made for them is taken back. */
  stopping: string[];
  /** In or past the swap: they go on to the end, and nothing is taken back. */
  finishing: string[];
}

/** Asks for the end of the run, or of one follower's part; answers as soon as it is noted. */
export const cancelUpdate = defineUpdate<CancelAnswer, [CancelInput]>('cancel');
