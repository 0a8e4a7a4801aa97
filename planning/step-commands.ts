import type { RunConfig } from '../workflows/contract/config.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import { baseBackupArguments, COMPRESSING_MAJOR } from './postgres/base-backup.js';
import { buildConninfo } from './postgres/conninfo.js';
import { renderHbaLine, type HbaLine } from './postgres/hba.js';
import { quoteIdentifier, quoteLiteral, roleName } from './postgres/names.js';
import { quoteConfValue } from './postgres/conf.js';
import { STANDBY_LIMITS } from './postgres/standby-settings.js';
import { rehearsalArguments } from './postgres/rehearsal.js';
import { configFileIn, isConfigurationInside } from './targets.js';
import { reloadUnitsCommands, serviceCommand } from './service.js';
import { shellQuote } from './shell-quote.js';

// The commands a plan shows and a journal holds. Steps build what they run from the same functions, so
// that what was approved is what is done.

/** How the follower reaches the leader. Never with a password: libpq reads that from the password file. */
export function followerConninfo(
  leader: LeaderTarget,
  follower: FollowerTarget,
  applicationName = follower.applicationName,
): string {
  return buildConninfo({
    host: leader.address,
    port: leader.location.port,
    user: follower.role,
    passfile: follower.passfile,
    application_name: applicationName,
    sslmode: leader.tls ? 'require' : 'disable',
    connect_timeout: 10,
    // Without these a dead network hangs pg_basebackup for ever: wal_sender_timeout does not cover a base backup.
    keepalives_idle: 15,
    keepalives_interval: 5,
    keepalives_count: 3,
    tcp_user_timeout: 60_000,
  });
}

/** A name of its own for the copy's connections, so that only they are ever ended. */
export const copyApplicationName = (follower: FollowerTarget): string => `rb-copy-${follower.op.id}`;

export const passfileCommands = (leader: LeaderTarget, follower: FollowerTarget): string[] => [
  `write ${follower.passfile} (0600, ${follower.location.osUser}): ${leader.address}:${String(leader.location.port)}:*:${follower.role}:<password>`,
];

export const roleCommands = (follower: FollowerTarget): string[] => [
  createRoleStatement(follower.role, '<SCRAM-SHA-256 verifier>'),
];

export const newPasswordCommands = (follower: FollowerTarget): string[] => [
  newPasswordStatement(follower.role, '<SCRAM-SHA-256 verifier>'),
];

export const newPasswordStatement = (role: string, verifier: string): string =>
  `ALTER ROLE ${quoteIdentifier(role)} PASSWORD ${quoteLiteral(verifier)}`;

export const createRoleStatement = (role: string, verifier: string): string =>
  `CREATE ROLE ${quoteIdentifier(role)} LOGIN REPLICATION PASSWORD ${quoteLiteral(verifier)}`;

export const alterSystemStatement = (name: string, value: string): string =>
  `ALTER SYSTEM SET ${quoteIdentifier(name)} = ${quoteLiteral(value)}`;

export function settingsCommands(leader: LeaderTarget): string[] {
  if (leader.settings.length === 0) return [];
  const file = leader.settingsFile;
  const reload = leader.settings.some(({ restart }) => !restart) ? ['SELECT pg_reload_conf()'] : [];
  return [
    ...leader.settings.map(({ name, to }) =>
      file === undefined ? alterSystemStatement(name, to) : `${file}: ${name} = ${quoteConfValue(to)}`,
    ),
    ...reload,
  ];
}

export const leaderHbaLine = (leader: LeaderTarget, follower: FollowerTarget): HbaLine => ({
  type: leader.tls ? 'hostssl' : 'host',
  role: follower.role,
  address: follower.clientAddress,
  method: 'scram-sha-256',
  key: follower.name,
});

export const hbaCommands = (leader: LeaderTarget, follower: FollowerTarget): string[] => [
  `${leader.location.hbaFile}: ${renderHbaLine(leaderHbaLine(leader, follower))}`,
  'SELECT pg_reload_conf()',
];

export const restartCommands = (leader: LeaderTarget): string[] => [
  serviceCommand(leader.location, 'restart'),
];

export const slotCommands = (follower: FollowerTarget): string[] => [
  `SELECT pg_create_physical_replication_slot(${quoteLiteral(follower.slotName)}, true)`,
];

export function backupArguments(config: RunConfig, leader: LeaderTarget, follower: FollowerTarget): string[] {
  const { checkpoint, maxRateBytesPerSecond, compress } = config.copy;
  return baseBackupArguments({
    binDirectory: follower.location.binDirectory,
    target: follower.incomingDirectory,
    conninfo: followerConninfo(leader, follower, copyApplicationName(follower)),
    slot: follower.slotName,
    label: `pg-replication-runbook ${follower.op.id}`,
    checkpoint,
    ...(maxRateBytesPerSecond === undefined ? {} : { maxRateBytesPerSecond }),
    ...(compress === undefined || !canCompress(leader, follower) ? {} : { compress }),
    ...placesOf(follower.linked),
  });
}

/** The leader compresses, the follower's pg_basebackup writes plain files of it. */
export const canCompress = (leader: LeaderTarget, follower: FollowerTarget): boolean =>
  [leader, follower].every(({ location }) => Number(location.version) >= COMPRESSING_MAJOR);

/** Where the parts go that lie outside of the data directory. */
function placesOf(linked: FollowerTarget['linked'] = []): {
  walDirectory?: string;
  tablespaces: [string, string][];
} {
  const wal = linked.find(({ link }) => link === 'pg_wal');
  return {
    ...(wal === undefined ? {} : { walDirectory: wal.incoming }),
    tablespaces: linked.flatMap(({ leaderPath, incoming }): [string, string][] =>
      leaderPath === undefined ? [] : [[leaderPath, incoming]],
    ),
  };
}

export const verifyArguments = (follower: FollowerTarget): string[] => [
  `${follower.location.binDirectory}/pg_verifybackup`,
  '-q',
  follower.incomingDirectory,
];

const words = (argv: string[]): string => argv.map(shellQuote).join(' ');

export const copyCommands = (config: RunConfig, leader: LeaderTarget, follower: FollowerTarget): string[] => [
  words(backupArguments(config, leader, follower)),
];

/** The copy that failed, or that nobody wants any more: all of its directories. */
export const removeCopyCommands = ({ mode, incomingDirectory, linked = [] }: FollowerTarget): string[] =>
  [incomingDirectory, ...linked.map(({ incoming }) => incoming)].map(
    (directory) => `${mode === 'in-place' ? 'empty' : 'remove'} ${directory}`,
  );

/** What the one job runs, one after the other. */
export const jobCommands = (config: RunConfig, leader: LeaderTarget, follower: FollowerTarget): string[] => [
  ...copyCommands(config, leader, follower),
  ...verifyCommands(follower),
];

export const verifyCommands = (follower: FollowerTarget): string[] => [words(verifyArguments(follower))];

export const autoConfCommands = (leader: LeaderTarget, follower: FollowerTarget): string[] => [
  ...(isConfigurationInside(follower.location)
    ? [`${follower.incomingDirectory}: *.conf and conf.d as in ${follower.location.dataDirectory}`]
    : []),
  `${follower.incomingDirectory}/postgresql.auto.conf: primary_conninfo = ${quoteConfValue(followerConninfo(leader, follower))}`,
  `${follower.incomingDirectory}/postgresql.auto.conf: primary_slot_name = ${quoteConfValue(follower.slotName)}`,
];

/** A repair changes these lines of the running follower's own file and no other; a restart only for its limits. */
export function repairCommands(leader: LeaderTarget, follower: FollowerTarget): string[] {
  const { location, repairs = [] } = follower;
  const file = `${location.dataDirectory}/postgresql.auto.conf`;
  return [
    ...(repairs.includes('connection')
      ? [`${file}: primary_conninfo = ${quoteConfValue(followerConninfo(leader, follower))}`]
      : []),
    ...(repairs.includes('slot')
      ? [`${file}: primary_slot_name = ${quoteConfValue(follower.slotName)}`]
      : []),
    ...(repairs.includes('settings')
      ? [`${file}: ${STANDBY_LIMITS.join(', ')} = the leader's, where its own is lower`]
      : []),
    ...loadCommands(follower),
  ];
}

/** How a repaired file takes effect. A server that does not run reads it when it is started. */
function loadCommands({ class: name, repairs = [], location }: FollowerTarget): string[] {
  if (name === 'down') return [];
  return repairs.includes('settings') ? [serviceCommand(location, 'restart')] : ['SELECT pg_reload_conf()'];
}

/** On the follower; on the leader a marker is written, see {@link markerCommands}. */
export const rehearsalCommands = ({ location, incomingDirectory, op }: FollowerTarget): string[] => [
  words(
    rehearsalArguments(
      { ...location, configFile: configFileIn(location, incomingDirectory), incomingDirectory },
      op.id,
    ),
  ),
];

/**
 * The old data directory first: from then on nothing can start. The new one last, when all it leads to is there.
 * The links of the old one go along, so that nobody who looks at it reaches the files of the new one.
 */
export function swapCommands(follower: FollowerTarget): string[] {
  const { location, incomingDirectory, replacedDirectory, linked = [], oldLinked = [] } = follower;
  const move = (from: string, to: string): string => words(['mv', '-T', from, to]);
  const lead = (directory: string, link: string, to: string): string =>
    words(['ln', '-sfT', to, `${directory}/${link}`]);
  return [
    ...(follower.hasOldDirectory
      ? [
          serviceCommand(location, 'stop'),
          move(location.dataDirectory, replacedDirectory),
          ...oldLinked.flatMap(({ link, path, replaced }) => [
            move(path, replaced),
            lead(replacedDirectory, link, replaced),
          ]),
        ]
      : []),
    ...linked.flatMap(({ link, path, incoming }) => [
      move(incoming, path),
      lead(incomingDirectory, link, path),
    ]),
    move(incomingDirectory, location.dataDirectory),
  ];
}

/** The control file first: without it nothing starts on what is left. */
export function wipeCommands(follower: FollowerTarget): string[] {
  const { location, hasOldDirectory, incomingDirectory, oldLinked = [] } = follower;
  const data = shellQuote(incomingDirectory);
  return [
    `${startConf(follower)}: disabled`,
    ...reloadUnitsCommands(location),
    ...(hasOldDirectory
      ? [
          serviceCommand(location, 'stop'),
          `rm ${shellQuote(`${incomingDirectory}/global/pg_control`)}`,
          `find ${data} -xdev -mindepth 1 -delete`,
          ...oldLinked.map(({ link, path }) =>
            link === 'pg_wal'
              ? `find ${shellQuote(path)} -xdev -mindepth 1 -delete`
              : `rm -r ${shellQuote(path)}/PG_${location.version}_*`,
          ),
        ]
      : [`mkdir -m 700 ${data}`]),
  ];
}

/** Whether, and when, postgresql-common starts the cluster. */
export const startConf = ({ location }: FollowerTarget): string => `${location.configDirectory}/start.conf`;

const releaseCommands = (follower: FollowerTarget): string[] =>
  (follower.remedy === 'copy' && follower.mode === 'in-place') || follower.autostartHeld === true
    ? [`${startConf(follower)}: as it was before`, ...reloadUnitsCommands(follower.location)]
    : [];

export const startCommands = (follower: FollowerTarget): string[] => [
  ...releaseCommands(follower),
  serviceCommand(follower.location, 'start'),
];

/** Of the test record: a schema of its own, made and dropped in the same step. */
export const recordStatements = (follower: FollowerTarget) => {
  const schema = quoteIdentifier(`runbook_check_${follower.op.id}`);
  return {
    createSchema: `CREATE SCHEMA ${schema}`,
    createTable: `CREATE TABLE ${schema}.record (nonce text)`,
    insert: `INSERT INTO ${schema}.record VALUES ($1)`,
    select: `SELECT nonce FROM ${schema}.record`,
    drop: `DROP SCHEMA IF EXISTS ${schema} CASCADE`,
  };
};

export const MARKER_STATEMENT = "SELECT pg_logical_emit_message(true, 'pg-replication-runbook', $1)";

export const markerCommands = (): string[] => [MARKER_STATEMENT.replace('$1', "'<nonce>'")];

/**
 * SQL, in the database the record is written to. An insert into a new table stops the subscribers of a FOR ALL
 * TABLES publication; an event trigger sees the table made.
 */
export const RECORD_WOULD_BE_NOTICED =
  "exists (select from pg_publication where puballtables) or exists (select from pg_event_trigger where evtenabled <> 'D')";

/** `record`: also a row is written, where nobody would notice. */
export function streamingCommands(follower: FollowerTarget, record: boolean): string[] {
  const { createSchema, createTable, insert, drop } = recordStatements(follower);
  const rows = record ? [createSchema, createTable, insert, drop] : [];
  return [MARKER_STATEMENT, ...rows].map((statement) => statement.replace('$1', "'<nonce>'"));
}

/**
 * The lines with which the others could replicate from this follower one day, each with the role its host
 * uses. A host whose address is not known (it has a blocker of its own) gets none.
 */
export function switchoverHbaLines(
  config: RunConfig,
  leader: LeaderTarget,
  follower: FollowerTarget,
  others: { name: string; address: string }[],
): HbaLine[] {
  const known = others.filter(({ address }) => address !== '');
  const peers = [{ name: leader.name, address: leader.address }, ...known];
  return peers.map(({ name, address }) => ({
    type: leader.tls ? 'hostssl' : 'host',
    role: roleName(config.replication, name),
    address,
    method: 'scram-sha-256',
    key: name,
  }));
}

/** The file once: there may be 49 lines. */
export const switchoverCommands = (follower: FollowerTarget, lines: HbaLine[]): string[] => [
  `${follower.location.hbaFile}:`,
  ...lines.map(renderHbaLine),
  'SELECT pg_reload_conf()',
];
