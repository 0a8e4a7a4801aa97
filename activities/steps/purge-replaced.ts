import { closeReversalScript } from '../../planning/commands/reversal-record.js';
import { purgeScript } from '../../planning/commands/purge.js';
import { formatBytes } from '../../planning/format.js';
import { purgeCommands } from '../../planning/reversal-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import { onLeader } from '../on-leader.js';
import { outdated } from '../outdated.js';
import { requireReversalApproval } from '../require-approval.js';
import { reversalScriptInput } from '../reversal-script-input.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { verifyStreaming } from './verify-streaming.js';

const STEP = 'purgeReplaced';

/** Deletes what was set aside; former data only after the follower has proved once more that it streams. */
export async function purgeReplaced(input: StepInput, context: StepContext): Promise<StepResult> {
  const { follower } = input;
  requireReversalApproval(input.approvals, follower);
  const streams = await proof(input, context);
  const { values } = await context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = purgeScript(reversalScriptInput(input, STEP, purgeCommands(follower)));
    const purged = await runScript(host, script).catch((error: unknown) => {
      throw outdated(input, error);
    });
    await runScript(host, closeReversalScript(followerGuard(input, STEP, []), 'purge'));
    return purged;
  });
  const purgedBytes = Number(values.bytes ?? 0);
  return {
    changed: values.changed === 'yes',
    evidence: `${formatBytes(purgedBytes)} freed${streams === undefined ? '' : `; ${streams}`}`,
    summary: { purgedBytes },
  };
}

/** The proof claims the operation on the leader; whatever comes of it, its record there is closed again. */
async function proof(input: StepInput, context: StepContext): Promise<string | undefined> {
  if (input.follower.reversal?.needsStream !== true) return undefined;
  try {
    return (await verifyStreaming(input, context)).evidence;
  } finally {
    await onLeader(input, context, (host) =>
      runScript(host, closeReversalScript(followerGuardOnLeader(input, STEP, []), 'purge')),
    );
  }
}
