import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RunConfig } from './config.js';
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
  /** Only for a take-over: the name of the parked host, as typed. */
  confirm?: string;
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
  /** Were told so before: what was made for them is being taken back. */
  undoing: string[];
}

/** Asks for the end of the run, or of one follower's part; answers as soon as it is noted. */
export const cancelUpdate = defineUpdate<CancelAnswer, [CancelInput]>('cancel');

export interface ReconfigureInput {
  /** Of the same cluster, with the same hosts and names. */
  config: RunConfig;
  configDigest: string;
  by: string;
}

/** Names of followers, by what another configuration means for them. */
export interface ReconfigureAnswer {
  /** They are surveyed and asked for again; a step that is running ends first. */
  replanning: string[];
  /** In or past the swap: they go on as they were planned. */
  finishing: string[];
}

/** Gives an open run another configuration; answers as soon as it is noted. */
export const reconfigureUpdate = defineUpdate<ReconfigureAnswer, [ReconfigureInput]>('reconfigure');

export interface HoldInput {
  /** Absent: the whole run. */
  follower?: string;
  by: string;
  reason?: string;
}

/** Names of branches: those that begin no new step, and those in or past the swap, which go on to the end. */
export interface HoldAnswer {
  held: string[];
  finishing: string[];
}

/** No new step begins; what runs goes on to its end, a copy too. */
export const holdUpdate = defineUpdate<HoldAnswer, [HoldInput]>('hold');

/** Lets what was held go on; answers with the names of those that were. */
export const releaseUpdate = defineUpdate<string[], [HoldInput]>('release');
