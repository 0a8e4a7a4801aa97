import type { RunConfig } from '../workflows/contract/config.js';
import type { FollowerPlan } from '../workflows/contract/plan.js';
import type { LeaderTarget } from '../workflows/contract/target.js';
import { autoConfTable } from './auto-conf-table.js';
import { copySteps } from './copy-steps.js';
import { destroyedBy } from './destroyed-by.js';
import type { ServerFacts } from './facts.js';
import { copyRooms, roomsInPlace } from './findings/copy-rooms.js';
import type { FollowerLook } from './follower-look.js';
import { formatRate } from './format.js';
import { runbookKeys } from './postgres/hba.js';
import { courseOf, identifierFor } from './remedy.js';
import { remedySteps } from './remedy-steps.js';
import { REMARK_LENGTH, SHOWN_ON_CARD, shortList, shortText, type Shown } from './shorten.js';

const MB = 1024 * 1024;
/** Bytes a second, where nothing was measured and no limit is set. */
export const GUESSED_RATE = 100 * MB;

/** Fewer than what a card shows else: names of databases among them stand there already. */
const REMARKS_SHOWN: Shown = { atMost: 10, characters: 300 };

/** One follower's card. */
export function followerPlan(
  config: RunConfig,
  leader: { server: ServerFacts; target: LeaderTarget },
  look: FollowerLook,
  peers: { name: string; address: string }[],
): FollowerPlan {
  const { facts, target, classified } = look;
  const healthy = target.remedy === 'none';
  const course = courseOf(config, target.remedy, target.repairs, target.mode);
  const begun = classified.begun === true;
  const identifier =
    target.remedy === 'copy'
      ? identifierFor(classified.class, facts, { mode: target.mode, begun })
      : undefined;
  const rate = config.copy.maxRateBytesPerSecond ?? GUESSED_RATE;
  const slot = leader.server.slots.find(({ name }) => name === target.slotName);
  const plan: FollowerPlan = {
    target,
    needsGate: !healthy,
    ...(identifier === undefined ? {} : { identifier }),
    course,
    steps:
      target.remedy === 'copy'
        ? copySteps(config, leader.target, target, peers, facts)
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
    const [own, ...others] =
      target.mode === 'in-place'
        ? roomsInPlace(leader.server, facts, target)
        : copyRooms(leader.server, facts, target);
    if (own !== undefined) plan.room = own.room;
    if (others.length > 0) plan.otherRooms = others.slice(0, SHOWN_ON_CARD.atMost);
    plan.autoConf = autoConfTable(leader, facts, target);
  }
  if (slot !== undefined) plan.retainedWalBytes = slot.retainedBytes;
  return plan;
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
