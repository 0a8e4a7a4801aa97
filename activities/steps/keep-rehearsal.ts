import type { StepInput } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { copyDanger } from '../copy-danger.js';
import { StepFailure } from '../failures.js';
import { giveUpCopy } from '../give-up-copy.js';
import { lookAtLeader } from '../leader-look.js';
import { startRehearsal } from '../start-rehearsal.js';
import type { StepContext } from '../step.js';

const POLL_MS = 10_000;

/**
 * Keeps the rehearsed server going while a person or a time of day is waited for: after a reboot of its host, or a
 * swap that was refused, it is started again, so that the slot is used. Ends by its cancellation, or when the copy
 * is in place. The leader is watched as it is during the copy: a follower that stays away must not fill its disk.
 */
export async function keepRehearsal(input: StepInput, context: StepContext): Promise<void> {
  for (;;) {
    const state = await startedAgain(input, context).catch((error: unknown) => asFailure(error));
    if (state === 'swapped') return;
    const look = await lookAtLeader(input, context, undefined).catch((error: unknown) => asFailure(error));
    const danger = look instanceof StepFailure ? undefined : copyDanger(input, look);
    if (danger !== undefined) await giveUpCopy(input, context, danger);
    if (state instanceof StepFailure) throw state;
    await context.sleep(POLL_MS);
  }
}

async function startedAgain(input: StepInput, context: StepContext): Promise<'up' | 'swapped'> {
  const follower = followerAddress(input.config, input.follower.name);
  const { state } = await context.hosts.use(follower, (host) => startRehearsal(input, context, host));
  return state;
}

function asFailure(error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  throw error;
}
