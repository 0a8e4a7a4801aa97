import { closeJobScript } from '../../planning/commands/job.js';
import { stopCopyCommand } from '../../planning/service.js';
import { closeRecordScript } from '../../planning/commands/follower-files.js';
import { removePassfileScript } from '../../planning/commands/undo.js';
import { removeCopyCommands } from '../../planning/step-commands.js';
import type { StepInput, UndoResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { copyPlace } from '../copy-job.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import { onLeader } from '../on-leader.js';
import { recordOf } from '../record-of.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { takeBackOnLeader } from '../take-back-on-leader.js';
import { undoWipe } from '../undo-wipe.js';
import { undoRepair } from '../undo-repair.js';

/**
 * Takes back what the operation made for one follower, in the order in which things depend on each other:
 * job, its walsenders, slot, incoming directory, pg_hba.conf line, role, password file. Only what the
 * operation's own records say it made. What cannot be taken back is listed with the command that does it.
 */
export async function undoFollower(input: StepInput, context: StepContext): Promise<UndoResult> {
  const leftovers: string[] = [];
  const { follower, leader, config } = input;
  await context.hosts.use(followerAddress(config, follower.name), async (host) => {
    const record = await recordOf(host, follower.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    await runScript(
      host,
      closeJobScript(
        followerGuard(input, 'undoFollower', [
          stopCopyCommand(follower.location, follower.op.id),
          ...removeCopyCommands(follower),
        ]),
        copyPlace(input),
      ),
    );
    leftovers.push(...(await undoWipe(input, host)));
    leftovers.push(...(await undoRepair(input, host, record)));
  });
  await onLeader(input, context, async (host) => {
    const record = await recordOf(host, leader.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    leftovers.push(...(await takeBackOnLeader(input, context, host, record, 'undoFollower')));
    await runScript(host, closeRecordScript(followerGuardOnLeader(input, 'undoFollower', [])));
  });
  await context.hosts.use(followerAddress(config, follower.name), async (host) => {
    const record = await recordOf(host, follower.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    await runScript(
      host,
      removePassfileScript(followerGuard(input, 'undoFollower', [`rm ${follower.passfile}`])),
    );
    await runScript(host, closeRecordScript(followerGuard(input, 'undoFollower', [])));
  });
  return { leftovers };
}
