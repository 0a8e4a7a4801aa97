import { closeRecordScript } from '../../planning/commands/follower-files.js';
import { serviceCommand } from '../../planning/service.js';
import { restoreSettingsFileScript } from '../../planning/commands/leader-files.js';
import { parseFormerSettings } from '../../planning/former-settings.js';
import { quoteIdentifier, quoteLiteral } from '../../planning/postgres/names.js';
import type { LeaderStepInput, UndoResult } from '../../workflows/contract/activities.js';
import { leaderGuard } from '../guards.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { recordOf } from '../record-of.js';
import { reloadConfiguration } from '../reload.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/** Takes back the leader's settings, when no follower of the run needs them. A restart is never done for that. */
export async function undoLeader(input: LeaderStepInput, context: StepContext): Promise<UndoResult> {
  const { leader } = input;
  return onLeader(input, context, async (host) => {
    const record = await recordOf(host, leader.location.dataDirectory, leader.op.id);
    if (record.op === undefined) return { leftovers: [] };
    const commands = ['restore the settings', 'SELECT pg_reload_conf()'];
    if (record.madeSettings !== undefined)
      await runScript(host, restoreSettingsFileScript(leaderGuard(input, 'undoLeader', commands)));
    const stillRunning = await leaderSql(input, host, async (session) => {
      for (const [name, value] of Object.entries(parseFormerSettings(record.madeAlterSystem ?? ''))) {
        await session.query(
          value === ''
            ? `ALTER SYSTEM RESET ${quoteIdentifier(name)}`
            : `ALTER SYSTEM SET ${quoteIdentifier(name)} = ${quoteLiteral(value)}`,
        );
      }
      if (leader.settings.length > 0) await reloadConfiguration(host, session);
      const rows = await session.query<{ name: string; setting: string }>(
        'select name, setting from pg_settings where name = any($1)',
        [leader.settings.filter(({ restart }) => restart).map(({ name }) => name)],
      );
      return rows.filter(
        ({ name, setting }) => setting === leader.settings.find((change) => change.name === name)?.to,
      );
    });
    await runScript(host, closeRecordScript(leaderGuard(input, 'undoLeader', [])));
    return {
      leftovers: stillRunning.map(
        ({ name, setting }) =>
          `${leader.name}: ${name} = ${setting} stays in effect until the next restart: ${serviceCommand(leader.location, 'restart')}`,
      ),
    };
  });
}
