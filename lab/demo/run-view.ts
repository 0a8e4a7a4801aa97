import type { ParkedFailure, Problem } from '../../workflows/contract/failure.js';
import type { GateState } from '../../workflows/contract/gates.js';
import type { BranchState, RunState } from '../../workflows/contract/run-state.js';
import type { CliAnswer } from './cli.js';
import { DemoEnd, problemText } from './demo-end.js';

/** What the demo needs of `runbook show --json`. */
export interface RunView extends RunState {
  runId: string;
  workflowId: string;
  /** Temporal's own: RUNNING, COMPLETED, TERMINATED ... */
  status: string;
  problem?: Problem;
}

/** Undefined where there never was a run. @throws DemoEnd with what the command said */
export function readView({ code, stdout }: CliAnswer): RunView | undefined {
  const answer = parse(stdout);
  if (answer !== undefined && !('error' in answer)) return answer;
  if (answer?.error.code === 'RUN_NOT_FOUND') return undefined;
  if (answer === undefined) throw new DemoEnd(code === 0 ? 1 : code);
  const { message, detail, hint } = answer.error;
  throw new DemoEnd(code, problemText(`${message} [${answer.error.code}]`, detail, hint));
}

function parse(stdout: string): RunView | { error: Problem } | undefined {
  try {
    return JSON.parse(stdout) as RunView | { error: Problem };
  } catch {
    return undefined;
  }
}

export const isOpen = (view: RunView | undefined): boolean => view?.status === 'RUNNING';

const branchesOf = (view: RunState): BranchState[] => [view.leader, ...Object.values(view.followers)];

export const openGates = (view: RunState): GateState[] =>
  branchesOf(view)
    .flatMap(({ gates }) => gates)
    .filter(({ decision }) => decision === undefined);

export const parkedFailures = (view: RunState): ParkedFailure[] =>
  branchesOf(view).flatMap(({ failure }) => (failure === undefined ? [] : [failure]));

export const needsSomebody = (view: RunState): boolean =>
  openGates(view).length > 0 || parkedFailures(view).length > 0;

/** The operations of this run on its hosts: what their journals are searched for. */
export const operationsOf = (view: RunState): string[] =>
  branchesOf(view).flatMap(({ gates }) => gates.map(({ op }) => op.id));

/** How the demo is left: what was reached, or for whom the run waits. */
export type DemoEnding = 'done' | 'nothing-to-do' | 'refused' | 'waiting' | 'parked' | 'failed';

export function endingOf(view: RunView): DemoEnding {
  if (isOpen(view)) return parkedFailures(view).length > 0 ? 'parked' : 'waiting';
  switch (view.outcome) {
    case 'done':
    case 'nothing-to-do':
      return view.outcome;
    case 'rejected':
    case 'cancelled':
      return 'refused';
    // partial, aborted, or terminated from outside
    default:
      return 'failed';
  }
}
