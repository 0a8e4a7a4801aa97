import { restoreAutoConfScript } from '../planning/commands/repair.js';
import { serviceCommand } from '../planning/service.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { followerGuard } from './guards.js';
import type { Host } from './hosts/host.js';
import { StepFailure } from './failures.js';
import { reloadConfiguration } from './reload.js';
import { runScript } from './run-script.js';

/**
 * Takes back what a repair did to the follower itself: its configuration file, and a reload. It is neither
 * stopped nor restarted for that; what stays is said, with the command.
 */
export async function undoRepair(
  input: StepInput,
  host: Host,
  record: Record<string, string>,
): Promise<string[]> {
  const { location } = input.follower;
  const leftovers: string[] = [];
  const file = `${location.dataDirectory}/postgresql.auto.conf`;
  if (record.madeAutoConf !== undefined) {
    const guard = followerGuard(input, 'undoFollower', [`restore ${file}`, 'SELECT pg_reload_conf()']);
    const { values } = await runScript(host, restoreAutoConfScript(guard, location.osUser));
    if (values.state === 'foreign')
      leftovers.push(
        `${host.name}: ${file} was changed since and was left; as it was before: ${values.former ?? ''}`,
      );
    if (values.state === 'restored') leftovers.push(...(await reloadFormer(input, host)));
  }
  if (record.madeStart !== undefined)
    leftovers.push(
      `${host.name}: its server was started and runs; to stop it: ${serviceCommand(location, 'stop')}`,
    );
  return leftovers;
}

async function reloadFormer({ follower: { location } }: StepInput, host: Host): Promise<string[]> {
  try {
    const pending = await host.sql(location, async (session) => {
      await reloadConfiguration(host, session);
      return session.query<{ name: string; setting: string }>(
        'select name, setting from pg_settings where pending_restart',
      );
    });
    return pending.map(
      ({ name, setting }) =>
        `${host.name}: ${name} = ${setting} stays in effect until the next restart: ${serviceCommand(location, 'restart')}`,
    );
  } catch (error) {
    // A server that does not run reads the file when it is started.
    if (error instanceof StepFailure && error.problem.code === 'POSTGRES_UNAVAILABLE') return [];
    throw error;
  }
}
