import type { StepInput } from '../workflows/contract/activities.js';
import { followerAddress } from './address-of.js';
import { closeJob } from './copy-job.js';
import { dropSlot } from './drop-slot.js';
import { stepFailure, StepFailure } from './failures.js';
import { onLeader } from './on-leader.js';
import { recordOf } from './record-of.js';
import type { StepContext } from './step.js';

/**
 * Stops the copy, removes it and drops its slot, because no run waits for a person with a slot that holds back
 * WAL for nothing; then throws why. Each host is seen to even if the other cannot be reached: on the leader the
 * copy's WAL senders are ended, which ends the copy as well. What is left behind stands in the failure.
 */
export async function giveUpCopy(
  input: StepInput,
  context: StepContext,
  failure: StepFailure,
): Promise<never> {
  const { follower, config } = input;
  const unreached = await context.hosts
    .use(followerAddress(config, follower.name), (host) => closeJob(input, host))
    .then(() => undefined, asUnreached);
  const slotLeft = await dropOwnSlot(input, context).then(() => undefined, asUnreached);
  // Nobody would drop it while the run waits: look again instead, which comes to the same end.
  if (slotLeft?.kind === 'retry' && failure.problem.host === input.leader.name) throw slotLeft;
  const left = [
    ...(unreached === undefined
      ? []
      : [`The copy itself is still there, until the next one begins: ${unreached.problem.message}.`]),
    ...(slotLeft === undefined
      ? []
      : [`Slot ${follower.slotName} is still there: ${slotLeft.problem.message}.`]),
  ];
  if (left.length === 0) throw failure;
  const { detail } = failure.problem;
  throw new StepFailure({
    ...failure.problem,
    detail: [...(detail === undefined ? [] : [detail]), ...left].join('\n'),
  });
}

const dropOwnSlot = (input: StepInput, context: StepContext): Promise<void> =>
  onLeader(input, context, async (host) => {
    const { madeSlot: slot } = await recordOf(
      host,
      input.leader.location.dataDirectory,
      input.follower.op.id,
    );
    if (slot === undefined || (await dropSlot(input, host, context, { slot, step: 'takeBaseBackup' })))
      return;
    throw stepFailure('SLOT_CONFLICT', host.name, `slot ${slot} is in use`, {
      hint: `When it is free: SELECT pg_drop_replication_slot('${slot}')`,
    });
  });

/** The other host has to be seen to all the same. */
function asUnreached(error: unknown): StepFailure {
  if (error instanceof StepFailure && (error.kind === 'retry' || error.problem.code === 'SLOT_CONFLICT'))
    return error;
  throw error;
}
