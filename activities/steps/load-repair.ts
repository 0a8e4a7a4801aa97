import { claimScript } from '../../planning/commands/follower-files.js';
import { restartFollowerScript, type RepairInput } from '../../planning/commands/repair.js';
import { STANDBY_LIMITS, type StandbyLimit } from '../../planning/postgres/standby-settings.js';
import { repairCommands } from '../../planning/step-commands.js';
import type { StepInput } from '../../workflows/contract/activities.js';
import { StepFailure } from '../failures.js';
import { followerGuard } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { outdated } from '../outdated.js';
import { reloadConfiguration } from '../reload.js';
import { runScript } from '../run-script.js';
import type { LeaderLimits } from './effective-configuration.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';

/** What every script of a repair is bound to. */
export const repairInput = (input: StepInput): RepairInput => ({
  guard: followerGuard(input, 'configureFollower', repairCommands(input.leader, input.follower)),
  fingerprint: followerFingerprint(input.leader, input.follower),
  approvedFingerprint: input.follower.fingerprint,
});

/** What makes a repaired file take effect. */
export type Needed = 'nothing' | 'reload' | 'restart' | 'start';

export const TAKEN: Record<Needed, string> = {
  nothing: 'had taken effect',
  reload: 'reloaded',
  restart: 'restarted',
  start: 'takes effect when it is started',
};

/** Loads what is written. Looks first, for a run that was cut off behind the write. */
export async function takeEffect(
  input: StepInput,
  host: Host,
  wanted: Record<string, string>,
  leaderLimits: LeaderLimits,
): Promise<Needed> {
  const { location } = input.follower;
  const needed = await whatIsNeeded(input, host, wanted, leaderLimits);
  if (needed === 'reload') {
    await runScript(host, claimScript(repairInput(input).guard));
    await host.sql(location, (session) => reloadConfiguration(host, session));
  }
  if (needed === 'restart') {
    const script = restartFollowerScript({
      ...repairInput(input),
      unit: location.unit,
      osUser: location.osUser,
      binDirectory: location.binDirectory,
      socketDirectory: location.socketDirectory,
      port: location.port,
    });
    await runScript(host, script).catch((error: unknown) => {
      throw outdated(input, error);
    });
  }
  return needed;
}

/** By the running values; a restart only where the card said so. */
async function whatIsNeeded(
  { follower }: StepInput,
  host: Host,
  wanted: Record<string, string>,
  leaderLimits: LeaderLimits,
): Promise<Needed> {
  try {
    const rows = await host.sql(follower.location, (session) =>
      session.query<{ name: string; setting: string }>(
        'select name, setting from pg_settings where name = any($1)',
        [[...Object.keys(wanted), ...STANDBY_LIMITS]],
      ),
    );
    const running = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    const isLow = STANDBY_LIMITS.some((name) => Number(running[name]) < Number(leaderLimits[name]));
    if (isLow && follower.repairs?.includes('settings') === true) return 'restart';
    const isLimit = (name: string): boolean => STANDBY_LIMITS.includes(name as StandbyLimit);
    const isLoaded = Object.entries(wanted).every(
      ([name, value]) => isLimit(name) || running[name] === value,
    );
    return isLoaded ? 'nothing' : 'reload';
  } catch (error) {
    const stopped = error instanceof StepFailure && error.problem.code === 'POSTGRES_UNAVAILABLE';
    if (stopped && follower.class === 'down') return 'start';
    throw error;
  }
}
