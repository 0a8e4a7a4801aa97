import { claimScript } from '../planning/commands/follower-files.js';
import { dropSlotCommands } from '../planning/reversal-commands.js';
import { forgetScript } from '../planning/commands/undo.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { countCopySenders, endCopySenders } from './copy-senders.js';
import { followerGuardOnLeader } from './guards.js';
import type { Host } from './hosts/host.js';
import { leaderSql } from './on-leader.js';
import { runScript } from './run-script.js';
import type { StepContext } from './step.js';

const SENDERS_MS = 20_000;

/**
 * Drops the slot that this operation's record says it made, once nobody uses it; false where somebody does to
 * the end. The copy's senders end by themselves once its processes are gone; one that hangs is terminated, and only ours.
 */
export async function dropSlot(
  input: StepInput,
  host: Host,
  context: StepContext,
  { slot, step }: { slot: string; step: 'undoFollower' | 'withdrawFromLeader' | 'takeBaseBackup' },
): Promise<boolean> {
  const guard = followerGuardOnLeader(input, step, dropSlotCommands(slot));
  await runScript(host, claimScript(guard));
  const deadline = Date.now() + SENDERS_MS;
  const dropped = await leaderSql(input, host, async (session) => {
    for (;;) {
      const [row] = await session.query<{ active: boolean }>(
        'select active from pg_replication_slots where slot_name = $1',
        [slot],
      );
      if (row === undefined) return true;
      if (!row.active && (await countCopySenders(session, input)) === 0) break;
      if (Date.now() > deadline) return false;
      if (Date.now() > deadline - SENDERS_MS / 2) await endCopySenders(session, input);
      await context.sleep(200);
    }
    await session.query('select pg_drop_replication_slot($1)', [slot]);
    return true;
  });
  if (dropped) await runScript(host, forgetScript(guard, 'madeSlot'));
  return dropped;
}
