import {
  readConfigurationScript,
  UNWANTED_SETTINGS,
  writeAutoConfScript,
  type ConfigurationInput,
} from '../../planning/commands/configure.js';
import { confSettings, renderAutoConf } from '../../planning/postgres/conf.js';
import {
  raisedStandbySettings,
  STANDBY_LIMITS,
  type StandbyLimit,
} from '../../planning/postgres/standby-settings.js';
import { configFileIn, isConfigurationInside } from '../../planning/targets.js';
import { autoConfCommands, followerConninfo } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuard } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';
import { effective, ownLimits } from './effective-configuration.js';
import { repairConfiguration } from './repair-configuration.js';

/**
 * Step 10. postgresql.auto.conf is rendered by us: the leader's travels with every copy and would bring its
 * port, its archive command, its own recovery settings along. Then the configuration is asked for as the
 * new server will see it.
 */
export async function configureFollower(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const limits = await onLeader(input, context, (host) =>
    leaderSql(input, host, (session) =>
      session.query<{ name: StandbyLimit; setting: string }>(
        'select name, setting from pg_settings where name = any($1)',
        [STANDBY_LIMITS],
      ),
    ),
  );
  const leaderLimits = Object.fromEntries(limits.map(({ name, setting }) => [name, setting])) as Record<
    StandbyLimit,
    string
  >;
  if (follower.remedy === 'repair') return repairConfiguration(input, context, leaderLimits);
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const where: ConfigurationInput = {
      osUser: follower.location.osUser,
      binDirectory: follower.location.binDirectory,
      configFile: configFileIn(follower.location, follower.incomingDirectory),
      incomingDirectory: follower.incomingDirectory,
      carriesConfiguration: isConfigurationInside(follower.location),
    };
    const seen = await runScript(
      host,
      readConfigurationScript(follower.location.dataDirectory, follower.op.id, where),
    );
    if (seen.values.swapped === 'yes') return { changed: false, evidence: 'the copy is in place already' };
    checkCopy(input, host, seen);
    const conninfo = followerConninfo(leader, follower);
    const ours = { primary_conninfo: conninfo, primary_slot_name: follower.slotName };
    const render = (limits: Record<string, string>): string =>
      renderAutoConf(seen.text('former'), { ...ours, ...limits });
    const write = (content: string): Promise<ScriptResult> =>
      runScript(
        host,
        writeAutoConfScript(
          followerGuard(input, 'configureFollower', autoConfCommands(leader, follower)),
          where,
          content,
        ),
      );
    let now = seen;
    let raised = raisedIn(seen.text('incoming'), render({}));
    const changed =
      seen.values.carried !== 'yes' ||
      seen.text('incoming') !== render(raised) ||
      !reaches(seen, leaderLimits);
    if (changed) {
      // First without limits: those in the copy's file, the leader's, hide how low the follower's own are.
      now = await write(render({}));
      raised = raisedStandbySettings(leaderLimits, ownLimits(now, host));
      if (Object.keys(raised).length > 0) now = await write(render(raised));
    }
    checkEffective(input, host, now, leaderLimits, ours);
    const rest = Object.entries(raised)
      .map(([name, value]) => `, ${name} = ${value}`)
      .join('');
    return {
      changed,
      evidence: `primary_slot_name = ${follower.slotName}, primary_conninfo to ${leader.address}:${String(leader.location.port)}${rest}`,
    };
  });
}

/** The limits an earlier attempt raised: those that the file has and that would not be in it without. */
function raisedIn(content: string, plain: string): Record<string, string> {
  const [there, without] = [confSettings(content), confSettings(plain)];
  const names = STANDBY_LIMITS.filter((name) => there[name] !== undefined && there[name] !== without[name]);
  return Object.fromEntries(names.map((name) => [name, there[name] ?? '']));
}

const reaches = (seen: ScriptResult, limits: Record<StandbyLimit, string>): boolean =>
  STANDBY_LIMITS.every((name) => Number(effective(seen, name)) >= Number(limits[name]));

function checkCopy({ follower }: StepInput, host: Host, { values }: ScriptResult): void {
  const faults = [
    ...(values.exists === 'yes' ? [] : [`${follower.incomingDirectory} is not there`]),
    ...(values.standbySignal === 'yes' ? [] : ['it has no standby.signal']),
    ...(values.recoverySignal === 'yes' ? ['it has a recovery.signal'] : []),
    ...(/^(\S+) 7[05]0$/.exec(values.owner ?? '')?.[1] === follower.location.osUser
      ? []
      : [`its owner and mode are ${values.owner ?? '?'}`]),
    ...(values.verified !== '' && values.verified === values.manifest
      ? []
      : ['its manifest is not the one that was verified']),
  ];
  if (faults.length > 0)
    throw stepFailure('SWAP_UNEXPECTED', host.name, 'the copy is not as the copy job left it', {
      detail: faults.join('; '),
      hint: 'Look at it; cancel and start again if in doubt.',
    });
}

function checkEffective(
  { follower }: StepInput,
  host: Host,
  seen: ScriptResult,
  limits: Record<StandbyLimit, string>,
  ours: { primary_conninfo: string; primary_slot_name: string },
): void {
  const faults = [
    ...UNWANTED_SETTINGS.filter((name) => effective(seen, name) !== '').map(
      (name) => `${name} = ${effective(seen, name)}`,
    ),
    ...STANDBY_LIMITS.filter((name) => Number(effective(seen, name)) < Number(limits[name])).map(
      (name) => `${name} = ${effective(seen, name)}, the leader has ${limits[name]}`,
    ),
    ...(['primary_conninfo', 'primary_slot_name'] as const)
      .filter((name) => effective(seen, name) !== ours[name])
      .map((name) => `${name} is not ours`),
    ...(effective(seen, 'hot_standby') === 'off' ? ['hot_standby = off'] : []),
    ...(effective(seen, 'wal_level') === 'minimal' ? ['wal_level = minimal'] : []),
    ...(effective(seen, 'data_directory') === follower.incomingDirectory
      ? []
      : [`data_directory = ${effective(seen, 'data_directory')}`]),
  ];
  if (faults.length > 0)
    throw stepFailure(
      'FOLLOWER_CONFIG_UNSAFE',
      host.name,
      'with its own configuration the new server would not follow the leader',
      {
        detail: faults.join('; '),
        hint: `Remove these from ${follower.location.configFile} and what it includes, then resume.`,
      },
    );
}
