import { undoWipeScript } from '../planning/commands/undo-wipe.js';
import { reloadUnitsCommands, serviceCommand } from '../planning/service.js';
import { startConf } from '../planning/step-commands.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { followerGuard } from './guards.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';

/** What of a copy in place can be taken back, which is little; the rest as lines, each with what to do about it. */
export async function undoWipe(input: StepInput, host: Host): Promise<string[]> {
  const { follower } = input;
  const { location, osUser } = { ...follower, ...follower.location };
  const file = startConf(follower);
  const guard = followerGuard(input, 'undoFollower', [
    `${file}: as it was before`,
    ...reloadUnitsCommands(location),
  ]);
  const { values } = await runScript(host, undoWipeScript({ guard, osUser, startConf: file }));
  if (values.intent !== 'yes') return [];
  const lines = [];
  if (values.wiped === 'yes')
    lines.push(
      `${host.name}: ${location.dataDirectory} is empty: its data was deleted for the copy and cannot be had back; \`runbook start\` copies anew`,
    );
  else if (values.held === 'yes')
    lines.push(
      `${host.name}: ${location.dataDirectory} was emptied in part and cannot be had back; look, remove what is left of it, then \`runbook start\` copies anew`,
    );
  else if (values.stopped === 'yes')
    lines.push(
      `${host.name}: its server was stopped, its data is untouched; to start it: ${serviceCommand(location, 'start')}`,
    );
  if (values.held === 'yes')
    lines.push(
      `${host.name}: autostart stays held, and the next run's follower releases it; by hand: ${[`echo auto > ${file}`, ...reloadUnitsCommands(location)].join('; ')}`,
    );
  return lines;
}
