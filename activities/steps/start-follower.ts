import { serverLogCommand } from '../../planning/service.js';
import { startFollowerScript } from '../../planning/commands/start.js';
import { startCommands, startConf } from '../../planning/step-commands.js';
import { formatDuration } from '../../planning/format.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuard } from '../guards.js';
import { outdated } from '../outdated.js';
import { requireRepairApproval } from '../require-approval.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';

/** Step 13. A server that works in this very directory, is in recovery, and is a copy of the leader; or none at all. */
export async function startFollower(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const { location, remedy } = follower;
  const copied = remedy === 'copy';
  if (!copied) requireRepairApproval(input.approvals, follower);
  const script = startFollowerScript({
    guard: followerGuard(input, 'startFollower', startCommands(follower)),
    fingerprint: followerFingerprint(leader, follower),
    approvedFingerprint: follower.fingerprint,
    copied,
    inPlace: follower.mode === 'in-place',
    startConf: startConf(follower),
    unit: location.unit,
    osUser: location.osUser,
    binDirectory: location.binDirectory,
    socketDirectory: location.socketDirectory,
    port: location.port,
    systemIdentifier: leader.identity.systemIdentifier,
  });
  let changed = false;
  for (;;) {
    const seen = await context.hosts.use(followerAddress(input.config, follower.name), (host) =>
      runScript(host, script).catch((error: unknown) => {
        throw outdated(input, error);
      }),
    );
    changed ||= seen.values.changed === 'yes';
    if (seen.values.state === 'up') return up(changed, seen);
    if (seen.values.state === 'failed')
      throw stepFailure(
        'FOLLOWER_START_FAILED',
        follower.name,
        copied ? 'its server did not come up on the new data directory' : 'its server did not come up',
        {
          detail: seen.text('log').trim(),
          hint:
            copied && follower.mode === 'side-by-side'
              ? `Look at its log: \`${serverLogCommand(location)}\`. The old data lies in ${follower.replacedDirectory}.`
              : `Look at its log: \`${serverLogCommand(location)}\`. Then \`runbook resume\`.`,
        },
      );
    // It works, but does not answer yet: replaying to consistency may take as long as it takes.
    await context.sleep(1_000);
  }
}

function up(changed: boolean, { values }: ScriptResult): StepResult {
  const downtimeMs = Number(values.answeredAtMs) - Number(values.stoppedAtMs);
  const known = values.stoppedAtMs !== '' && Number.isFinite(downtimeMs);
  return {
    changed,
    evidence: known
      ? `in recovery and answering; its server was away for ${formatDuration(downtimeMs)}`
      : 'in recovery and answering',
    ...(known ? { summary: { downtimeMs } } : {}),
  };
}
