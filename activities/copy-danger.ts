import { formatBytes } from '../planning/format.js';
import type { LeaderLook } from '../planning/copy-watch.js';
import { walBudget, walState } from '../planning/wal-budget.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { stepFailure, type StepFailure } from './failures.js';

/**
 * Why the copy must not go on, as the leader shows it: a slot that is lost, which would be told only
 * hours later by the new follower; or WAL that is held back until it endangers the leader.
 */
export function copyDanger({ leader, follower }: StepInput, look: LeaderLook): StepFailure | undefined {
  const { slotName } = follower;
  if (look.slot !== 'reserved')
    return stepFailure(
      'SLOT_LOST',
      leader.name,
      look.slot === 'gone'
        ? `slot ${slotName} is gone, and with it the WAL the copy needs`
        : `slot ${slotName} has lost WAL that the copy needs`,
      {
        detail: 'The copy was stopped and removed. The old server still runs.',
        hint:
          look.slot === 'gone'
            ? 'Find out who dropped it. `runbook resume` makes another one and copies again.'
            : 'Raise max_slot_wal_keep_size, or wait until the leader writes less. `runbook resume` copies again.',
      },
    );
  const { retainedBytes, boundBytes, freeBytes } = look.wal;
  const budgetBytes = walBudget(look.wal);
  if (budgetBytes === undefined || walState({ retainedBytes, budgetBytes }) !== 'exceeded') return undefined;
  return stepFailure(
    'LEADER_WAL_BUDGET',
    leader.name,
    `${formatBytes(retainedBytes)} of WAL are held back for the copy of ${follower.name}, of ${formatBytes(budgetBytes)} at most`,
    {
      detail: [
        `max_slot_wal_keep_size ${boundBytes === undefined ? 'unlimited' : formatBytes(boundBytes)}`,
        ...(freeBytes === undefined ? [] : [`${formatBytes(freeBytes)} free beside pg_wal`]),
        'the copy was stopped and removed, its slot dropped; the old server still runs',
      ].join('; '),
      hint: 'Make room on the leader, or raise max_slot_wal_keep_size, or wait until it writes less. `runbook resume` copies again.',
    },
  );
}
