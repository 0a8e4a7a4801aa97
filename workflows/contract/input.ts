import type { RunConfig } from './config.js';
import type { ReversalKind } from './target.js';
import type { Outcome } from './run-state.js';

/** Times a test shortens; ms. */
export interface RunTimings {
  /** A step without a sign of life for this long is given to another worker. */
  heartbeatTimeoutMs: number;
  /** Longest single attempt of a step other than the copy. */
  stepTimeoutMs: number;
  /** When reminders are recorded after a gate has opened; the last distance repeats. */
  remindersMs: number[];
  /** The facts on a card that is older are read again before it can be approved. */
  cardMaxAgeMs: number;
  /** A copy that has not grown for this long, outside of the checkpoint, is asked about. Slow is never failure. */
  copyStallMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const DEFAULT_TIMINGS: RunTimings = {
  heartbeatTimeoutMs: 4_000,
  stepTimeoutMs: 10 * MINUTE,
  remindersMs: [30 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR],
  cardMaxAgeMs: 10 * MINUTE,
  copyStallMs: 10 * MINUTE,
};

export interface SetUpReplicationInput {
  config: RunConfig;
  configDigest: string;
  /** Who started the run. */
  requester: string;
  /** Identifies the Temporal installation, for the operation records on the hosts. */
  server: string;
  timings: RunTimings;
}

export type PlanReplicationInput = SetUpReplicationInput;

/** Of `undoReplacement` and `purgeReplaced`; the configuration names only the followers that are meant. */
export interface ReversalInput extends SetUpReplicationInput {
  kind: ReversalKind;
}

/** What every run on the cluster's id begins with. */
export interface RunInput extends SetUpReplicationInput {
  kind?: ReversalKind;
}

/** Readable with no worker at all, through `describe()`. */
export interface RunMemo {
  version: 1;
  workflowVersion: number;
  cluster: string;
  configDigest: string;
  phase: string;
  /** What the run waits for, e.g. `approve wipe-follower/follower1`. */
  needs: string[];
  /** Once it has ended. */
  outcome?: Outcome;
}
