import { swapScript } from '../../planning/commands/swap.js';
import { swapCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { outdated } from '../outdated.js';
import { runScript } from '../run-script.js';
import { requireWipeApproval } from '../require-approval.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from './survey-and-plan.js';

/** Step 12. The one step that takes the old data out of service; everything that can fail lies before it. */
export async function swapDataDirectory(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const { location } = follower;
  requireWipeApproval(input.approvals, follower);
  // The leader's part of the fingerprint must be fresh: a failover may have happened during the copy.
  await onLeader(input, context, (host) => leaderSql(input, host, () => Promise.resolve()));
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = swapScript({
      guard: followerGuard(input, 'swapDataDirectory', swapCommands(follower)),
      fingerprint: followerFingerprint(leader, follower),
      approvedFingerprint: follower.fingerprint,
      hasOldDirectory: follower.hasOldDirectory,
      replacedDirectory: follower.replacedDirectory,
      osUser: location.osUser,
      unit: location.unit,
      socketDirectory: location.socketDirectory,
      port: location.port,
    });
    const { values } = await runScript(host, script).catch((error: unknown) => {
      throw outdated(input, error);
    });
    return {
      changed: values.changed === 'yes',
      evidence: follower.hasOldDirectory
        ? `the old data lies in ${follower.replacedDirectory}`
        : `the copy is at ${location.dataDirectory}`,
      ...(follower.hasOldDirectory ? { summary: { replacedDirectory: follower.replacedDirectory } } : {}),
    };
  });
}
