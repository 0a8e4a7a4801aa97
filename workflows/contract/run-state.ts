import type { FailureCode } from './codes.js';
import type { ParkedFailure, ResumeAction } from './failure.js';
import type { GateState, Decision } from './gates.js';
import type { Finding } from './plan.js';
import type { FollowerClass, ReversalKind } from './target.js';
import type { StepId } from './steps.js';
import type { WindowNote } from './time-window.js';

export type RunPhase = 'planning' | 'waiting' | 'window' | 'working' | 'blocked' | 'undoing' | 'closed';

export type BranchPhase =
  | 'planning'
  | 'gate'
  | 'queued'
  | 'window'
  | 'working'
  | 'BLOCKED'
  | 'undoing'
  | 'done'
  | 'nothing-to-do'
  | 'rejected'
  | 'cancelled'
  | 'aborted';

export type Outcome = 'done' | 'nothing-to-do' | 'partial' | 'rejected' | 'cancelled' | 'aborted';

export type StepStatus = 'pending' | 'running' | 'done' | 'skipped' | 'failed';

export interface StepState {
  id: StepId;
  status: StepStatus;
  startedAt?: string;
  endedAt?: string;
  /** How often the run began the step (a person's `resume --retry` counts, Temporal's own retries do not). */
  attempt: number;
  changed?: boolean;
  evidence?: string;
}

/** The leader, or one follower. */
export interface BranchState {
  phase: BranchPhase;
  class?: FollowerClass;
  steps: StepState[];
  gates: GateState[];
  failure?: ParkedFailure;
  /** How it was answered when it was parked before, the latest last. */
  answers?: Answer[];
  /** Begins no new step until it is released. */
  hold?: Hold;
  /** What it waits for in phase `window`. */
  window?: WindowWait;
  /** What was left on the hosts on the way out, each with the command that removes it. */
  leftovers: string[];
  /** Facts for the summary, e.g. where the old data lies. */
  summary?: BranchSummary;
}

/** A person's answer to a failure. */
export interface Answer {
  code: FailureCode;
  step: StepId;
  action: ResumeAction;
  by: string;
  /** ISO time. */
  at: string;
  reason?: string;
}

/** Who holds a branch, and why. */
export interface Hold {
  by: string;
  /** ISO time. */
  at: string;
  reason?: string;
}

/** The branch waits until a time of day. */
export interface WindowWait extends WindowNote {
  what: 'copy' | 'swap';
  /** ISO time since when. */
  since: string;
}

export interface BranchSummary {
  /** The old data directory's new place. */
  replacedDirectory?: string;
  replacedBytes?: number;
  /** How long the follower's server was away in the swap, in ms. */
  downtimeMs?: number;
  /** What a purge has removed, bytes. */
  purgedBytes?: number;
  /** Lines `closeOperation` lists: what is different on this host now. */
  differences?: string[];
}

export interface RunState {
  version: 1;
  /** Absent: the run sets replication up. */
  kind?: ReversalKind;
  cluster: string;
  phase: RunPhase;
  requester: string;
  startedAt: string;
  endedAt?: string;
  leader: BranchState;
  followers: Record<string, BranchState>;
  decisions: Decision[];
  findings: Finding[];
  outcome?: Outcome;
}
