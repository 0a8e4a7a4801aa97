import { createHash } from 'node:crypto';
import { readConfigurationScript, type ConfigurationInput } from '../../planning/commands/configure.js';
import { repairAutoConfScript } from '../../planning/commands/repair.js';
import { withSettings } from '../../planning/postgres/edit-conf.js';
import { raisedStandbySettings } from '../../planning/postgres/standby-settings.js';
import { followerConninfo } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import { outdated } from '../outdated.js';
import { readTextFile } from '../read-text-file.js';
import { requireRepairApproval } from '../require-approval.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';
import { ownLimits, type LeaderLimits } from './effective-configuration.js';
import { repairInput, takeEffect, TAKEN } from './load-repair.js';

/**
 * Step 10 of a repair. Only the lines of what is repaired change in the follower's own postgresql.auto.conf;
 * then it is loaded, or the server restarted where a limit needs that. A server that does not run gets the
 * file and is started by step 13.
 */
export async function repairConfiguration(
  input: StepInput,
  context: StepContext,
  leaderLimits: LeaderLimits,
): Promise<StepResult> {
  const { follower } = input;
  requireRepairApproval(input.approvals, follower);
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const { changed, wanted } = await writeLines(input, host, leaderLimits);
    const needed = await takeEffect(input, host, wanted, leaderLimits);
    const lines = Object.keys(wanted).join(', ') || 'its limits';
    return {
      changed: changed || needed === 'reload' || needed === 'restart',
      evidence: `${lines} ${changed ? 'written' : 'right'}; ${TAKEN[needed]}`,
    };
  });
}

type Lines = Record<string, string>;

async function writeLines(
  input: StepInput,
  host: Host,
  leaderLimits: LeaderLimits,
): Promise<{ changed: boolean; wanted: Lines }> {
  const { leader, follower } = input;
  const { location, repairs = [] } = follower;
  const where: ConfigurationInput = {
    osUser: location.osUser,
    binDirectory: location.binDirectory,
    configFile: location.configFile,
    incomingDirectory: location.dataDirectory,
  };
  const seen = await runScript(host, readConfigurationScript(location.dataDirectory, follower.op.id, where));
  const file = await readTextFile(host, `${location.dataDirectory}/postgresql.auto.conf`);
  const wanted: Lines = {
    ...(repairs.includes('connection') ? { primary_conninfo: followerConninfo(leader, follower) } : {}),
    ...(repairs.includes('slot') ? { primary_slot_name: follower.slotName } : {}),
    ...(repairs.includes('settings') ? raisedStandbySettings(leaderLimits, ownLimits(seen, host)) : {}),
  };
  const missing = Object.entries(wanted).filter(
    ([name, value]) => seen.text(`effective.${name}`).trim() !== value,
  );
  if (missing.length === 0) return { changed: false, wanted };
  const content = withSettings(file.content, Object.fromEntries(missing));
  const script = repairAutoConfScript(repairInput(input), where, {
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
    expectedSha256: file.sha256,
  });
  const now = await runScript(host, script).catch((error: unknown) => {
    throw outdated(input, error);
  });
  checkLines(host, now, wanted);
  return { changed: true, wanted };
}

/** The file was written; now nothing that is read later may hide it. */
function checkLines(host: Host, now: ScriptResult, wanted: Lines): void {
  const hidden = Object.entries(wanted).filter(
    ([name, value]) => now.text(`effective.${name}`).trim() !== value,
  );
  if (hidden.length === 0) return;
  throw stepFailure('FOLLOWER_CONFIG_UNSAFE', host.name, 'the lines that were written do not take effect', {
    detail: hidden.map(([name]) => `${name} is set elsewhere as well`).join('; '),
    hint: 'Remove that entry, then `runbook resume`.',
  });
}
