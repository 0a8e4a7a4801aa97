import type { RunMemo } from './input.js';
import { LEADER_BRANCH } from './run-events.js';
import type { BranchPhase, BranchState, Outcome, RunPhase, RunState } from './run-state.js';

/** What anybody may read of the run with no worker there. */
export function memoOf(state: RunState): Pick<RunMemo, 'phase' | 'needs' | 'outcome'> {
  const { phase, outcome } = state;
  const needs = branchesOf(state).flatMap(([name, branch]) => needsOf(name, branch));
  return { phase, needs, ...(outcome === undefined ? {} : { outcome }) };
}

/** The leader's branch first, then the followers'. */
export const branchesOf = (state: RunState): [name: string, branch: BranchState][] => [
  [LEADER_BRANCH, state.leader],
  ...Object.entries(state.followers),
];

export const branchOf = (state: RunState, name: string): BranchState | undefined =>
  name === LEADER_BRANCH ? state.leader : state.followers[name];

export function outcomeOf(phases: readonly BranchPhase[]): Outcome {
  const kinds = new Set(phases);
  const only = [...kinds].filter((phase) => phase !== 'nothing-to-do');
  if (only.length === 0) return 'nothing-to-do';
  const [first] = only;
  if (only.length > 1 || first === undefined) return 'partial';
  if (first === 'done') return 'done';
  if (kinds.size > 1) return 'partial';
  return first === 'rejected' || first === 'cancelled' ? first : 'aborted';
}

function needsOf(name: string, branch: BranchState): string[] {
  const open = branch.gates.filter(({ decision }) => decision === undefined);
  const needs = open.map(({ id }) => `approve ${id}`);
  if (branch.hold !== undefined) needs.push(`release ${name}`);
  if (branch.failure !== undefined) needs.push(`resume ${name} (${branch.failure.code})`);
  return needs;
}

/** What most deserves to be known of the run: a branch that stands still outranks those that work. */
export function phaseOf(state: RunState): RunPhase {
  if (state.endedAt !== undefined) return 'closed';
  const followers = Object.values(state.followers).map(({ phase }) => phase);
  const any = (...phases: BranchPhase[]) => followers.some((phase) => phases.includes(phase));
  if (any('BLOCKED') || state.leader.phase === 'BLOCKED') return 'blocked';
  if (any('working', 'queued')) return 'working';
  if (any('undoing') || state.leader.phase === 'undoing') return 'undoing';
  if (any('gate')) return 'waiting';
  if (any('window')) return 'window';
  return any('planning') ? 'planning' : state.phase;
}
