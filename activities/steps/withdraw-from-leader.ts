import { claimScript } from '../../planning/commands/follower-files.js';
import { closeReversalScript } from '../../planning/commands/reversal-record.js';
import { removePassfileScript } from '../../planning/commands/undo.js';
import { passfileRemovalCommands } from '../../planning/reversal-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import { onLeader } from '../on-leader.js';
import { requireReversalApproval } from '../require-approval.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { takeBackOnLeader } from '../take-back-on-leader.js';
import { recordOf } from '../record-of.js';

const STEP = 'withdrawFromLeader';

/**
 * Takes back what the operation made for the follower on the leader, and the password file; the role's password
 * is read from that, so it goes last. Then both records are closed, the follower's as the last.
 */
export async function withdrawFromLeader(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  requireReversalApproval(input.approvals, follower);
  const leftovers = await onLeader(input, context, async (host) => {
    const record = await recordOf(host, leader.location.dataDirectory, follower.op.id);
    const ended = record.undoneAt !== undefined && record.closedAt !== undefined;
    if (record.op === undefined || ended) return [];
    await runScript(host, claimScript(followerGuardOnLeader(input, STEP, []), { undo: 'begun' }));
    const left = await takeBackOnLeader(input, context, host, record, STEP);
    await runScript(host, closeReversalScript(followerGuardOnLeader(input, STEP, []), 'undo'));
    return left;
  });
  await context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const record = await recordOf(host, follower.location.dataDirectory, follower.op.id);
    if (record.undoneAt !== undefined && record.closedAt !== undefined) return;
    await runScript(
      host,
      removePassfileScript(followerGuard(input, STEP, passfileRemovalCommands(follower.passfile))),
    );
    await runScript(host, closeReversalScript(followerGuard(input, STEP, []), 'undo'));
  });
  return {
    changed: true,
    evidence: `operation ${follower.op.id} undone and closed on ${leader.name} and ${follower.name}`,
    leftovers,
  };
}
