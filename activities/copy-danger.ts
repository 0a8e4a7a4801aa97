import { formatBytes } from '../planning/format.js';
import type { LeaderLook } from '../planning/copy-watch.js';
import { walBudget, walState } from '../planning/wal-budget.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { followerAddress } from './address-of.js';
import { closeJob } from './copy-job.js';
import { dropSlot } from './drop-slot.js';
import { stepFailure, StepFailure } from './failures.js';
import { onLeader } from './on-leader.js';
import { recordOf } from './record-of.js';
import type { StepContext } from './step.js';

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

/**
 * Stops the copy, removes it and drops its slot; then throws why. The leader is made safe also where the follower
 * cannot be reached: its WAL senders are ended, which ends the copy as well, and the next attempt cleans up after it.
 */
export async function giveUpCopy(
  input: StepInput,
  context: StepContext,
  failure: StepFailure,
): Promise<never> {
  const { leader, follower, config } = input;
  const unreached = await context.hosts
    .use(followerAddress(config, follower.name), (host) => closeJob(input, host))
    .then(() => undefined, asUnreached);
  await onLeader(input, context, async (host) => {
    const { madeSlot: slot } = await recordOf(host, leader.location.dataDirectory, follower.op.id);
    if (slot === undefined || (await dropSlot(input, host, context, { slot, step: 'takeBaseBackup' })))
      return;
    throw stepFailure('SLOT_CONFLICT', host.name, `slot ${slot} could not be dropped: it is in use`, {
      hint: `When it is free: SELECT pg_drop_replication_slot('${slot}')`,
    });
  });
  if (unreached === undefined) throw failure;
  throw new StepFailure({
    ...failure.problem,
    detail: `${failure.problem.detail ?? ''} But ${unreached.problem.message}, so the rest of the copy is still there; it is removed before the next one.`,
  });
}

function asUnreached(error: unknown): StepFailure {
  if (error instanceof StepFailure && error.kind === 'retry') return error;
  throw error;
}
