import type { StepResult } from './activities.js';
import type { ParkedFailure } from './failure.js';
import type { Decision, GateId, GateState } from './gates.js';
import type { Finding } from './plan.js';
import type { FollowerClass } from './target.js';
import type { Answer, BranchPhase, Hold, Outcome, WindowWait } from './run-state.js';
import type { StepId } from './steps.js';

/** The branch for what happens once per run; every other branch is named after its follower. */
export const LEADER_BRANCH = 'leader';

/** Something happened to the run as a whole. */
export type WholeRunEvent =
  | {
      type: 'planMade';
      findings: Finding[];
      classes: Record<string, FollowerClass>;
      /** The steps each follower's remedy takes. */
      courses?: Record<string, StepId[]>;
    }
  | { type: 'runClosed'; at: string; outcome: Outcome };

/** Something happened in one branch. */
export type BranchEvent = { branch: string } & (
  | { type: 'branchPhase'; phase: BranchPhase }
  | { type: 'windowAwaited'; window: WindowWait }
  | { type: 'gateOpened'; gate: GateState }
  | { type: 'gateReminded'; gateId: GateId; at: string }
  | { type: 'gateDecided'; decision: Decision }
  /** Gates nobody needs to decide any more go; with `decided` also those that were. */
  | { type: 'gatesClosed'; decided: boolean }
  /** A gate is no more, decided or not. */
  | { type: 'gateWithdrawn'; gateId: GateId }
  | { type: 'stepStarted'; step: StepId; at: string }
  | { type: 'stepDone'; step: StepId; at: string; result: StepResult }
  | { type: 'stepSkipped'; step: StepId; at: string }
  /** The step ended without a result because the branch was stopped, or its plan no longer holds. */
  | { type: 'stepDropped'; step: StepId; at: string; status: 'pending' | 'failed' }
  | { type: 'parked'; failure: ParkedFailure }
  | { type: 'resumed'; answer: Answer }
  | { type: 'held'; hold: Hold }
  | { type: 'released' }
  | { type: 'leftovers'; lines: string[] }
  | { type: 'branchEnded'; phase: BranchPhase }
);

export type RunEvent = WholeRunEvent | BranchEvent;
