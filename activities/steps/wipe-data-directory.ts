import { wipeScript } from '../../planning/commands/wipe.js';
import { startConf, wipeCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { swapIsAsked } from '../../workflows/contract/gates.js';
import { followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import { mayBegin } from '../may-begin.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { requireSwapApproval, requireWipeApproval } from '../require-approval.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';
import { checkOnLeader, oldServerOf } from './look-before-swap.js';
import { refusedBecause } from './swap-data-directory.js';

/** In place, the step that cannot be taken back: the old server is stopped, and its data deleted. */
export async function wipeDataDirectory(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower, config } = input;
  const { approval, copy } = config;
  const { location } = follower;
  requireWipeApproval(input.approvals, follower);
  if (swapIsAsked(input.config.approval, follower) !== undefined)
    requireSwapApproval(input.approvals, follower);
  // The last thing that can fail without harm: that the leader to copy from is there, and is the approved one.
  await onLeader(input, context, (host) =>
    leaderSql(input, host, (session) => checkOnLeader(input, host, session)),
  );
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = wipeScript({
      guard: followerGuard(input, 'wipeDataDirectory', wipeCommands(follower)),
      fingerprint: followerFingerprint(leader, follower),
      approvedFingerprint: follower.fingerprint,
      oldServer: oldServerOf(input),
      mayBegin: [approval.swapWindow, copy.beginWindow].every((window) => mayBegin(window, Date.now())),
      unit: location.unit,
      version: location.version,
      startConf: startConf(follower),
    });
    const { values } = await runScript(host, script).catch((error: unknown) => {
      throw refusedBecause(input, error);
    });
    return {
      changed: values.changed === 'yes',
      evidence:
        values.changed === 'yes'
          ? `${follower.incomingDirectory} is empty, and nothing starts its server`
          : 'it was emptied for this copy before',
    };
  });
}
