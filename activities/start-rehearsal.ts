import { startRehearsalScript } from '../planning/commands/rehearsal.js';
import { rehearsalFault, rehearsalUnit } from '../planning/postgres/rehearsal.js';
import { rehearsalCommands } from '../planning/step-commands.js';
import { configFileIn } from '../planning/targets.js';
import type { StepInput } from '../workflows/contract/activities.js';
import type { FollowerTarget } from '../workflows/contract/target.js';
import { stepFailure, type StepFailure } from './failures.js';
import { followerGuard } from './guards.js';
import type { Host } from './hosts/host.js';
import { replayProgress } from './replay-progress.js';
import { runScript, type ScriptResult } from './run-script.js';
import type { StepContext } from './step.js';

/**
 * Starts the copy's own server beside the old one where it does not run, and waits until it answers. Replaying to
 * consistency may take as long as it takes; a server that ended does not come up by itself.
 * `swapped`: the copy is in place already. @throws REHEARSAL_FAILED
 */
export async function startRehearsal(
  input: StepInput,
  context: StepContext,
  host: Host,
): Promise<{ state: 'up' | 'swapped'; changed: boolean }> {
  let changed = false;
  for (;;) {
    const seen = await runScript(host, scriptFor(input));
    changed ||= seen.values.changed === 'yes';
    const { state } = seen.values;
    if (state === 'failed') throw rehearsalFailed(input.follower, seen, 'does not start');
    if (state === 'up' || state === 'swapped') return { state, changed };
    context.progress(replayProgress(rehearsalUnit(input.follower.op.id), 0, 0));
    await context.sleep(1_000);
  }
}

function scriptFor(input: StepInput): string {
  const { follower, leader } = input;
  const { osUser, binDirectory, port } = follower.location;
  return startRehearsalScript(followerGuard(input, 'rehearseFollower', rehearsalCommands(follower)), {
    osUser,
    binDirectory,
    configFile: configFileIn(follower.location, follower.incomingDirectory),
    port,
    incomingDirectory: follower.incomingDirectory,
    systemIdentifier: leader.identity.systemIdentifier,
  });
}

export const rehearsalFailed = ({ name }: FollowerTarget, { text }: ScriptResult, why: string): StepFailure =>
  stepFailure('REHEARSAL_FAILED', name, `the copy's server ${why}: ${rehearsalFault(text('log'))}`, {
    detail: text('log').trim().split('\n').slice(-10).join('\n'),
  });
