import type { FailureCode } from '../workflows/contract/codes.js';
import type { BranchState, Outcome, RunState } from '../workflows/contract/run-state.js';

/** Exit codes of every command; scripts test them. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  waiting: 3,
  refused: 3,
  rejected: 4,
  failed: 5,
  noRun: 6,
  unreachable: 7,
  timeout: 124,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<FailureCode, number>> = {
  USAGE: EXIT.usage,
  CONFIG_NOT_FOUND: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  CONFIG_EXISTS: EXIT.usage,
  CONFIG_NOT_WRITTEN: EXIT.usage,
  CONFIRMATION_MISSING: EXIT.usage,
  REASON_MISSING: EXIT.usage,
  SEVERAL_GATES_OPEN: EXIT.usage,
  RUN_STUCK: EXIT.failed,
  RUN_NOT_FOUND: EXIT.noRun,
  REPORT_NOT_FOUND: EXIT.noRun,
  TEMPORAL_UNREACHABLE: EXIT.unreachable,
  WORKER_ABSENT: EXIT.unreachable,
  UNKNOWN_OUTCOME: EXIT.unreachable,
  TIMED_OUT: EXIT.timeout,
  INTERNAL: EXIT.unexpected,
};

export const exitCodeOf = (code: FailureCode): number => BY_CODE[code] ?? EXIT.refused;

const BY_OUTCOME: Record<Outcome, number> = {
  done: EXIT.ok,
  'nothing-to-do': EXIT.ok,
  partial: EXIT.failed,
  rejected: EXIT.rejected,
  cancelled: EXIT.rejected,
  aborted: EXIT.failed,
};

/** Of several followers the worst counts; the outcome of a run is already that. */
export function runExitCode(state: RunState, status: string): number {
  if (state.outcome !== undefined) return BY_OUTCOME[state.outcome];
  if (status !== 'RUNNING') return EXIT.failed;
  return branchesOf(state).some(waitsForPerson) ? EXIT.waiting : EXIT.ok;
}

export const branchesOf = (state: RunState): BranchState[] => [
  state.leader,
  ...Object.values(state.followers),
];

/** A gate without a decision, a parked failure, or a hold. */
export const waitsForPerson = (branch: BranchState): boolean =>
  branch.failure !== undefined ||
  branch.hold !== undefined ||
  branch.gates.some((gate) => gate.decision === undefined);
