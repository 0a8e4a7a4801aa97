import { startFollowerScript } from '../../planning/commands/start.js';
import { startCommands } from '../../planning/step-commands.js';
import { formatDuration } from '../../planning/format.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuard } from '../guards.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';

/** Step 13. A server that works in this very directory, is in recovery, and is a copy of the leader; or none at all. */
export async function startFollower(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const { location } = follower;
  const script = startFollowerScript({
    guard: followerGuard(input, 'startFollower', startCommands(follower)),
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
      runScript(host, script),
    );
    changed ||= seen.values.changed === 'yes';
    if (seen.values.state === 'up') return up(changed, seen);
    if (seen.values.state === 'failed')
      throw stepFailure(
        'FOLLOWER_START_FAILED',
        follower.name,
        'its server did not come up on the new data directory',
        {
          detail: seen.text('log').trim(),
          hint: `Look at its log. The old data lies in ${follower.replacedDirectory}.`,
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
