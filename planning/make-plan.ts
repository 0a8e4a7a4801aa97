import type { RunConfig } from '../workflows/contract/config.js';
import type {
  Destroyed,
  FileDiff,
  Finding,
  FollowerPlan,
  FollowerTarget,
  LeaderPlan,
  LeaderTarget,
  PlannedStep,
} from '../workflows/contract/plan.js';
import type { StepId } from '../workflows/contract/steps.js';
import type { Classified } from './classify.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { autoConfTable } from './auto-conf-table.js';
import { copyRoom } from './findings/room.js';
import { formatRate } from './format.js';
import { hbaDiff } from './hba-diff.js';
import { hbaFilesOf } from './hba-files-of.js';
import { firstMatch, parseHba, runbookKeys, withRunbookBlock } from './postgres/hba.js';
import type { HbaFiles, HbaLine } from './postgres/hba.js';
import { lossesOf } from './losses.js';
import { courseOf, identifierFor } from './remedy.js';
import { remedySteps } from './remedy-steps.js';
import { shortList, shortText, type Shown } from './shorten.js';
import * as commands from './step-commands.js';

const MB = 1024 * 1024;
/** Bytes a second, where nothing was measured and no limit is set. */
export const GUESSED_RATE = 100 * MB;

/** A card is what is read before an approval, so it shows more of a list than a finding does. */
const SHOWN_ON_CARD: Shown = { atMost: 20, characters: 800 };
/** Fewer than that: names of databases among them stand on the card already. */
const REMARKS_SHOWN: Shown = { atMost: 10, characters: 300 };
const REMARK_LENGTH = 200;

export interface FollowerLook {
  facts: ClusterFacts;
  target: FollowerTarget;
  classified: Classified;
  findings: Finding[];
}

const planned = (
  step: StepId,
  host: string,
  what: string,
  lines: string[],
  diff?: FileDiff,
): PlannedStep => ({ step, host, what, commands: lines, ...(diff === undefined ? {} : { diff }) });

/**
 * The leader's card. `existingRoles`: roles that are there already and stay as they are. `hbaFiles`: what its
 * pg_hba.conf refers to.
 */
export function leaderPlan(
  server: ServerFacts,
  target: LeaderTarget,
  followers: FollowerTarget[],
  existingRoles: ReadonlySet<string>,
  hbaText: string,
  hbaFiles?: HbaFiles,
): Omit<LeaderPlan, 'fingerprint'> {
  const steps: PlannedStep[] = [];
  const add = (step: StepId, what: string, lines: string[], diff?: FileDiff): void => {
    if (lines.length > 0) steps.push(planned(step, target.name, what, lines, diff));
  };
  for (const role of new Set(followers.map(({ role: name }) => name))) {
    const follower = followers.find((candidate) => candidate.role === role);
    if (follower !== undefined && !existingRoles.has(role))
      add('ensureCredentials', `create role ${role}`, commands.roleCommands(follower));
  }
  add('ensureLeaderSettings', 'change settings', commands.settingsCommands(target));
  for (const follower of followers.filter(({ renewsPassword }) => renewsPassword === true))
    add(
      'ensureCredentials',
      `give role ${follower.role} a new password: that of ${follower.name}'s password file is lost`,
      commands.newPasswordCommands(follower),
    );
  // One line after the other, as the steps will do it.
  let hba = hbaText;
  for (const follower of followers.filter(({ clientAddress }) => clientAddress !== '')) {
    const line = commands.leaderHbaLine(target, follower);
    const wanted = withRunbookBlock(hba, [line], server.majorVersion, hbaFiles);
    if (wanted === hba) continue;
    const today = decidesToday(hbaText, line, server.majorVersion, hbaFiles);
    const diff = hbaDiff(target.location.hbaFile, hba, wanted, server.majorVersion);
    add(
      'ensureLeaderHbaRule',
      `let ${follower.name} replicate${today}`,
      commands.hbaCommands(target, follower),
      diff,
    );
    hba = wanted;
  }
  const reasons = target.settings
    .filter(({ restart }) => restart)
    .map(({ name, from, to }) => `${name}: ${from === '' ? "''" : from} becomes ${to}`);
  if (reasons.length > 0) add('restartLeader', 'restart PostgreSQL', commands.restartCommands(target));
  return {
    target,
    needsGate: steps.length > 0,
    steps,
    ...(reasons.length > 0
      ? { restart: { reasons, pendingEdits: shortList(target.pendingEdits, SHOWN_ON_CARD) } }
      : {}),
    databaseBytes: server.databaseBytes,
    serverVersion: server.serverVersion,
  };
}

/** Which rule the connection would meet as the file is; nothing where none does, or none is known to. */
function decidesToday(
  text: string,
  line: HbaLine,
  majorVersion: number,
  files: HbaFiles | undefined,
): string {
  const found = firstMatch(parseHba(text, majorVersion, files), {
    ssl: line.type === 'hostssl',
    database: 'replication',
    role: line.role,
    address: line.address,
  });
  if (typeof found !== 'object' || found.rule === undefined) return '';
  const where = `line ${String(found.line)}${found.file === undefined ? '' : ` of ${found.file}`}`;
  return found.rule.method === 'reject'
    ? `, whom ${where} rejects today`
    : `, for whom ${where} (${found.rule.method}) decides today`;
}

/** One follower's card. */
export function followerPlan(
  config: RunConfig,
  leader: { server: ServerFacts; target: LeaderTarget },
  look: FollowerLook,
  peers: { name: string; address: string }[],
): FollowerPlan {
  const { facts, target, classified } = look;
  const healthy = target.remedy === 'none';
  const course = courseOf(config, target.remedy, target.repairs);
  const identifier = target.remedy === 'copy' ? identifierFor(classified.class, facts) : undefined;
  const rate = config.copy.maxRateBytesPerSecond ?? GUESSED_RATE;
  const slot = leader.server.slots.find(({ name }) => name === target.slotName);
  const plan: FollowerPlan = {
    target,
    needsGate: !healthy,
    ...(identifier === undefined ? {} : { identifier }),
    course,
    steps:
      target.remedy === 'copy'
        ? followerSteps(config, leader.target, target, peers, facts)
        : remedySteps(course, leader.target, target),
    copyBytes: leader.server.databaseBytes,
    freeBytes: facts.files.freeBytes,
    seconds: Math.ceil(leader.server.databaseBytes / rate),
    basis:
      config.copy.maxRateBytesPerSecond === undefined
        ? `a guess of ${formatRate(rate)}; nothing was measured`
        : `copy.maxRate ${formatRate(rate)}`,
    serverVersion: facts.server?.serverVersion ?? facts.files.minorOnDisk,
    remarks: shortList(
      [
        ...classified.reasons,
        ...(classified.class === 'healthy' ? missingLines : unknownPeers)(config, leader.target, look, peers),
      ].map((text) => shortText(text, REMARK_LENGTH)),
      REMARKS_SHOWN,
    ),
  };
  const destroys = target.remedy === 'copy' ? destroyedBy(look, leader.server) : undefined;
  if (destroys !== undefined) plan.destroys = destroys;
  if (target.remedy === 'copy') {
    plan.room = copyRoom(leader.server.databaseBytes, facts.files.fileSystemBytes, facts.files.freeBytes);
    plan.autoConf = autoConfTable(leader, facts, target);
  }
  if (slot !== undefined) plan.retainedWalBytes = slot.retainedBytes;
  return plan;
}

function followerSteps(
  config: RunConfig,
  leader: LeaderTarget,
  target: FollowerTarget,
  peers: { name: string; address: string }[],
  facts: ClusterFacts,
): PlannedStep[] {
  const { name } = target;
  const lines = commands.switchoverHbaLines(config, leader, target, peers);
  const major = Number(facts.listing.version);
  const { hbaText } = facts.files;
  const wanted = withRunbookBlock(hbaText, lines, major, hbaFilesOf(facts));
  // Among many followers it would say at length what the commands say already.
  const diff = hbaDiff(target.location.hbaFile, hbaText, wanted, major);
  return [
    planned('ensureCredentials', name, 'write the password file', commands.passfileCommands(leader, target)),
    planned('ensureSlot', leader.name, `reserve WAL for ${name}`, commands.slotCommands(target)),
    planned(
      'takeBaseBackup',
      name,
      'copy the leader beside the old data',
      commands.copyCommands(config, leader, target),
    ),
    planned('verifyBaseBackup', name, 'check every file of the copy', commands.verifyCommands(target)),
    planned(
      'configureFollower',
      name,
      'configure the copy as a follower',
      commands.autoConfCommands(leader, target),
    ),
    planned('swapDataDirectory', name, 'put the copy in place', commands.swapCommands(target)),
    planned('startFollower', name, 'start the follower', commands.startCommands(target)),
    planned(
      'verifyStreaming',
      leader.name,
      `write what ${name} must then show`,
      commands.streamingCommands(target, true),
    ),
    ...(config.replication.prepareSwitchover
      ? [
          planned(
            'prepareSwitchover',
            name,
            'let the others replicate from it one day',
            commands.switchoverCommands(target, lines),
            diff?.omitted === undefined ? diff : undefined,
          ),
        ]
      : []),
  ];
}

function destroyedBy(
  { facts, target, classified }: FollowerLook,
  leader: ServerFacts,
): Destroyed | undefined {
  const { files, server } = facts;
  if (!target.hasOldDirectory || target.class === 'copied') return undefined;
  const destroyed: Destroyed = {
    host: target.name,
    path: target.location.dataDirectory,
    mount: files.mountPoint,
    sizeBytes: files.sizeBytes,
    databases: shortList(server?.databases ?? [], SHOWN_ON_CARD),
    movedTo: target.replacedDirectory,
  };
  const systemIdentifier = server?.systemIdentifier ?? files.controlData?.systemIdentifier;
  if (systemIdentifier !== undefined) destroyed.systemIdentifier = systemIdentifier;
  if (files.lastWrite !== undefined) destroyed.lastWrite = files.lastWrite;
  if (server === undefined && files.pgVersion !== undefined) destroyed.unlisted = true;
  if (server !== undefined)
    destroyed.databaseSizes = Object.fromEntries(
      destroyed.databases.flatMap((name) => {
        const bytes = server.databaseSizes[name];
        return bytes === undefined ? [] : [[name, bytes]];
      }),
    );
  const lost = lossesOf(classified, facts, leader);
  if (lost.length > 0)
    destroyed.lost = shortList(
      lost.map((text) => shortText(text, REMARK_LENGTH)),
      SHOWN_ON_CARD,
    );
  return destroyed;
}

/** A healthy follower is not touched; what a switchover would still need is only named. */
function missingLines(
  config: RunConfig,
  leader: LeaderTarget,
  { facts }: FollowerLook,
  peers: { name: string; address: string }[],
): string[] {
  if (!config.replication.prepareSwitchover) return [];
  const keys = new Set(runbookKeys(facts.files.hbaText));
  return [{ name: leader.name }, ...peers]
    .filter(({ name }) => !keys.has(name))
    .map(({ name }) => `its pg_hba.conf has no line of ours for ${name}; a switchover would need one`);
}

/** No line is planned for a host whose address is not known. */
const unknownPeers: typeof missingLines = (config, _leader, _look, peers) =>
  peers
    .filter(({ address }) => config.replication.prepareSwitchover && address === '')
    .map(
      ({ name }) =>
        `its pg_hba.conf gets no line for ${name}, whose address is not known; a switchover would need one`,
    );
