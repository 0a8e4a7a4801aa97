import type { RunConfig } from '../workflows/contract/config.js';
import type {
  Destroyed,
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
import { formatRate } from './format.js';
import { runbookKeys, withRunbookBlock } from './postgres/hba.js';
import { shortList, shortText, type Shown } from './shorten.js';
import * as commands from './step-commands.js';

const MB = 1024 * 1024;
/** Bytes a second, where nothing was measured and no limit is set. */
export const GUESSED_RATE = 100 * MB;

/** A card is what is read before an approval, so it shows more of a list than a finding does. */
const SHOWN_ON_CARD: Shown = { atMost: 20, characters: 800 };
const REMARK_LENGTH = 200;

export interface FollowerLook {
  facts: ClusterFacts;
  target: FollowerTarget;
  classified: Classified;
  findings: Finding[];
}

const planned = (step: StepId, host: string, what: string, lines: string[]): PlannedStep => ({
  step,
  host,
  what,
  commands: lines,
});

/** The leader's card. `existingRoles`: roles that are there already and stay as they are. */
export function leaderPlan(
  server: ServerFacts,
  target: LeaderTarget,
  followers: FollowerTarget[],
  existingRoles: ReadonlySet<string>,
  hbaText: string,
): Omit<LeaderPlan, 'fingerprint'> {
  const steps: PlannedStep[] = [];
  const add = (step: StepId, what: string, lines: string[]): void => {
    if (lines.length > 0) steps.push(planned(step, target.name, what, lines));
  };
  for (const role of new Set(followers.map(({ role: name }) => name))) {
    const follower = followers.find((candidate) => candidate.role === role);
    if (follower !== undefined && !existingRoles.has(role))
      add('ensureCredentials', `create role ${role}`, commands.roleCommands(follower));
  }
  add('ensureLeaderSettings', 'change settings', commands.settingsCommands(target));
  for (const follower of followers) {
    const line = commands.leaderHbaLine(target, follower);
    if (follower.clientAddress !== '' && withRunbookBlock(hbaText, [line], server.majorVersion) !== hbaText)
      add('ensureLeaderHbaRule', `let ${follower.name} replicate`, commands.hbaCommands(target, follower));
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

/** One follower's card. */
export function followerPlan(
  config: RunConfig,
  leader: { server: ServerFacts; target: LeaderTarget },
  look: FollowerLook,
  peers: { name: string; address: string }[],
): FollowerPlan {
  const { facts, target, classified } = look;
  const healthy = classified.class === 'healthy';
  const rate = config.copy.maxRateBytesPerSecond ?? GUESSED_RATE;
  const slot = leader.server.slots.find(({ name }) => name === target.slotName);
  const plan: FollowerPlan = {
    target,
    needsGate: !healthy,
    steps: healthy ? [] : followerSteps(config, leader.target, target, peers),
    copyBytes: leader.server.databaseBytes,
    freeBytes: facts.files.freeBytes,
    seconds: Math.ceil(leader.server.databaseBytes / rate),
    basis:
      config.copy.maxRateBytesPerSecond === undefined
        ? `a guess of ${formatRate(rate)}; nothing was measured`
        : `copy.maxRate ${formatRate(rate)}`,
    serverVersion: facts.server?.serverVersion ?? facts.files.minorOnDisk,
    remarks: shortList(
      [...classified.reasons, ...(healthy ? missingLines(config, leader.target, look, peers) : [])].map(
        (text) => shortText(text, REMARK_LENGTH),
      ),
      SHOWN_ON_CARD,
    ),
  };
  const destroys = healthy ? undefined : destroyedBy(facts, target);
  if (destroys !== undefined) plan.destroys = destroys;
  if (slot !== undefined) plan.retainedWalBytes = slot.retainedBytes;
  return plan;
}

function followerSteps(
  config: RunConfig,
  leader: LeaderTarget,
  target: FollowerTarget,
  peers: { name: string; address: string }[],
): PlannedStep[] {
  const { name } = target;
  const lines = commands.switchoverHbaLines(config, leader, target, peers);
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
    ...(config.replication.prepareSwitchover
      ? [
          planned(
            'prepareSwitchover',
            name,
            'let the others replicate from it one day',
            commands.switchoverCommands(target, lines),
          ),
        ]
      : []),
  ];
}

function destroyedBy({ files, server }: ClusterFacts, target: FollowerTarget): Destroyed | undefined {
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
