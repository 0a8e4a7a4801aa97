import { claimScript, readFileScript } from '../../planning/commands/follower-files.js';
import { writeSettingsFileScript } from '../../planning/commands/leader-files.js';
import { renderFormerSettings } from '../../planning/former-settings.js';
import { confSettings, renderSettingsFile } from '../../planning/postgres/conf.js';
import { isSettingReached } from '../../planning/postgres/leader-settings.js';
import { alterSystemStatement, settingsCommands } from '../../planning/step-commands.js';
import type { LeaderStepInput, StepResult } from '../../workflows/contract/activities.js';
import type { SettingChange } from '../../workflows/contract/target.js';
import { stepFailure } from '../failures.js';
import { leaderGuard } from '../guards.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { reloadConfiguration } from '../reload.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

interface FileRow {
  name: string;
  sourcefile: string;
  setting: string;
}

/** Step 3. Done when the running value is right, or the file that wins holds ours and only awaits the restart. */
export async function ensureLeaderSettings(
  input: LeaderStepInput,
  context: StepContext,
): Promise<StepResult> {
  const { settings } = input.leader;
  if (settings.length === 0) return { changed: false, evidence: 'every setting was right' };
  return onLeader(input, context, async (host) => {
    const before = await leaderSql(input, host, (session) => open(session, settings));
    if (before.length === 0) return { changed: false, evidence: `${names(settings)}: was right` };
    await write(input, host, settings);
    const left = await leaderSql(input, host, async (session) => {
      if (settings.some(({ restart }) => !restart)) await reloadConfiguration(host, session);
      return open(session, settings);
    });
    if (left.length > 0)
      throw stepFailure('CONF_FILE_ERRORS', host.name, `${names(left)}: written, but another entry wins`, {
        detail: 'A later line, another file or the server command line sets it too.',
        hint: 'Remove that entry, then resume.',
      });
    return { changed: true, evidence: settings.map(({ name, to }) => `${name} = ${to}`).join(', ') };
  });
}

const names = (settings: SettingChange[]): string => settings.map(({ name }) => name).join(', ');

/** The settings that are neither running as wanted nor written where they will win at the next restart. */
async function open(session: SqlSession, settings: SettingChange[]): Promise<SettingChange[]> {
  const wanted = settings.map(({ name }) => name);
  const running = await session.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [wanted],
  );
  const files = await session.query<FileRow>(
    'select distinct on (name) name, sourcefile, setting from pg_file_settings where name = any($1) order by name, seqno desc',
    [wanted],
  );
  return settings.filter((change) => {
    const value = running.find(({ name }) => name === change.name)?.setting ?? '';
    if (isSettingReached(change, value)) return false;
    return !(change.restart && files.find(({ name }) => name === change.name)?.setting === change.to);
  });
}

async function write(input: LeaderStepInput, host: Host, settings: SettingChange[]): Promise<void> {
  const guard = leaderGuard(input, 'ensureLeaderSettings', settingsCommands(input.leader));
  const file = input.leader.settingsFile;
  const overridden = await leaderSql(input, host, (session) => setByAlterSystem(session, settings));
  if (file !== undefined && overridden.length > 0)
    throw stepFailure(
      'PLAN_OUTDATED',
      host.name,
      `${overridden.map(({ name }) => name).join(', ')}: set by ALTER SYSTEM since the approval`,
      { detail: `${file} would lose against postgresql.auto.conf.` },
    );
  if (file !== undefined) {
    const former = confSettings((await runScript(host, readFileScript(file))).text('content'));
    const content = renderSettingsFile({
      ...former,
      ...Object.fromEntries(settings.map(({ name, to }) => [name, to])),
    });
    await runScript(
      host,
      writeSettingsFileScript(guard, { file, osUser: input.leader.location.osUser, content }),
    );
    return;
  }
  const former = Object.fromEntries(
    settings.map(({ name }) => [name, overridden.find((row) => row.name === name)?.setting ?? '']),
  );
  await runScript(host, claimScript(guard, { madeAlterSystem: renderFormerSettings(former) }));
  await leaderSql(input, host, async (session) => {
    for (const { name, to } of settings) await session.query(alterSystemStatement(name, to));
  });
}

/** Rows of postgresql.auto.conf: it is read last, so a file of ours would lose against it. */
const setByAlterSystem = (session: SqlSession, settings: SettingChange[]): Promise<FileRow[]> =>
  session.query<FileRow>(
    "select name, sourcefile, setting from pg_file_settings where name = any($1) and sourcefile like '%/postgresql.auto.conf'",
    [settings.map(({ name }) => name)],
  );
