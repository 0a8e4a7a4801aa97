import type { StepId } from './steps.js';
import type { FailureCode } from './codes.js';

/** PostgreSQL's message grammar: what is wrong, the facts behind it, what to do next. */
export interface Problem {
  code: FailureCode;
  /** One line, the host's name first where a host is meant. */
  message: string;
  detail?: string;
  hint?: string;
  host?: string;
  /** Only of HOST_CLAIMED: whose record is in the way. */
  holder?: Holder;
}

/** Who an operation record on a host says is at work there. */
export interface Holder {
  op: string;
  workflowId: string;
  /** The Temporal server it runs on: an installation's id, or address/namespace. */
  server: string;
  requester: string;
}

/** What a failure asks of the run: try again by itself, ask a person, or report a fault of ours. */
export type FailureKind = 'retry' | 'ask' | 'bug';

/** `take-over`: the holder's operations on that host become this run's. */
export type ResumeAction = 'retry' | 'skip' | 'abort' | 'take-over';

/** A branch of the run stands still until somebody answers. */
export interface ParkedFailure extends Problem {
  /** Echoed by `resume`, so that an answer never meets another failure. */
  failureId: string;
  step: StepId;
  kind: FailureKind;
  /** ISO time. */
  at: string;
  actions: ResumeAction[];
}
