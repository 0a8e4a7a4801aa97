import type { FollowerClass, ReversalKind } from '../../workflows/contract/target.js';
import type { BranchPhase, Outcome, RunPhase, StepState } from '../../workflows/contract/run-state.js';

/** What a follower is, as a person would say it. */
export const CLASS_WORDS: Record<FollowerClass, string> = {
  copied: 'copied by us, not started yet',
  partial: 'holds an unfinished copy of ours',
  unreadable: 'has a data directory that cannot be read',
  healthy: 'follows already',
  down: 'belongs to this leader, is stopped',
  repairable: 'belongs to this leader, does not follow as it should',
  'standby-of-other': 'is a standby of another leader',
  subscriber: 'has logical subscriptions',
  diverged: 'was written to by itself',
  'leader-like': 'has standbys or slots of its own',
  foreign: 'has data of its own',
  fresh: 'a new cluster without data of its own',
  empty: 'no data directory yet',
};

export const BRANCH_WORDS: Record<BranchPhase, string> = {
  planning: 'planning',
  gate: 'waits for approval',
  queued: 'waits for its turn',
  window: 'waits for its window',
  working: 'working',
  BLOCKED: 'BLOCKED',
  undoing: 'taking back',
  done: 'done',
  'nothing-to-do': 'nothing to do',
  rejected: 'rejected',
  cancelled: 'cancelled',
  aborted: 'aborted',
};

export const RUN_WORDS: Record<RunPhase, string> = {
  planning: 'planning',
  waiting: 'waits for approval',
  window: 'waits for its window',
  working: 'working',
  blocked: 'BLOCKED',
  undoing: 'taking back',
  closed: 'closed',
};

/** For a heading, behind the cluster's name. */
export const OUTCOME_NAMES: Record<Outcome, string> = {
  done: 'done',
  'nothing-to-do': 'nothing to do',
  partial: 'partly done',
  rejected: 'rejected',
  cancelled: 'cancelled',
  aborted: 'aborted',
};

const OUTCOME_WORDS: Record<Outcome, string> = {
  done: 'done: the followers stream from the leader',
  'nothing-to-do': 'nothing to do: every follower streams already',
  partial: 'partly done',
  rejected: 'rejected: nothing was replaced',
  cancelled: 'cancelled',
  aborted: 'aborted',
};

const UNDONE: Partial<Record<Outcome, string>> = {
  done: 'done: the former data is back',
  'nothing-to-do': 'nothing to undo',
  rejected: 'rejected: nothing was put back',
};

const PURGED: Partial<Record<Outcome, string>> = {
  done: 'done: what was set aside is gone',
  'nothing-to-do': 'nothing to purge',
  rejected: 'rejected: nothing was deleted',
};

/** How the run ended, as its kind of run puts it. */
export function outcomeWords(outcome: Outcome, kind: ReversalKind | undefined): string {
  const own = kind === 'undo' ? UNDONE : kind === 'purge' ? PURGED : OUTCOME_WORDS;
  return own[outcome] ?? OUTCOME_WORDS[outcome];
}

/** Empty where the run's state had no room for it: a lone ellipsis tells nobody anything. */
export const evidenceOf = ({ evidence }: StepState): string =>
  evidence === undefined || evidence === '…' ? '' : evidence;
