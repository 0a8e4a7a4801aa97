import type { FailureCode } from '../workflows/contract/codes.js';
import type { FollowerClass } from '../workflows/contract/target.js';
import type { ChosenMode } from './copy-mode.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { formatDuration } from './format.js';
import { hasPassedTheFork, isOnForeignTimeline } from './fork.js';
import { applyDelayMs, standbyFaults, stoppedFaults, type StandbyFault } from './standby-faults.js';

export { isLevel } from './standby-faults.js';

export interface Classified {
  class: FollowerClass;
  /** What the class was seen by; for the card, and for the finding of the class. */
  reasons: string[];
  /** Of a follower of this leader: what is wrong with it. */
  faults?: StandbyFault[];
  /** A copy of ours has begun, so its room is taken already. */
  begun?: true;
  /** Of a follower that is copied: where to, once that is decided. */
  mode?: ChosenMode;
}

/** Classes nothing is done about; refused under their own code. */
export const REFUSED_CLASSES: Partial<Record<FollowerClass, FailureCode>> = {
  'leader-like': 'FOLLOWER_LEADER_LIKE',
};

/** Classes with data that nobody else has: replaced only when their identifier is typed as well. */
export const IDENTIFIED_CLASSES: Partial<Record<FollowerClass, FailureCode>> = {
  unreadable: 'FOLLOWER_UNREADABLE',
  'standby-of-other': 'FOLLOWER_OF_OTHER_LEADER',
  subscriber: 'FOLLOWER_SUBSCRIBES',
  diverged: 'FOLLOWER_DIVERGED',
  foreign: 'FOLLOWER_HAS_DATA',
};

/** What the follower's data directory is, our own operation left aside. */
export function classifyData(follower: ClusterFacts, leader: ServerFacts): Classified {
  const { files, server } = follower;
  if (!files.exists || (files.entries === 0 && files.pgVersion === undefined))
    return is('empty', 'no data directory, or an empty one');
  if (server !== undefined)
    return server.inRecovery ? classifyStandby(follower, server, leader) : classifyWritable(server, leader);
  if (files.controlData === undefined)
    return is('unreadable', 'its control file cannot be read and no server runs');
  if (files.running) return is('unreadable', 'a server works in it but takes no connection');
  if (files.controlData.systemIdentifier !== leader.systemIdentifier)
    return is('unreadable', 'its server is stopped, so its contents cannot be listed');
  if (!files.standbySignal)
    return is('diverged', "the leader's system identifier, stopped, without standby.signal");
  const parted = classifyParted(follower, leader);
  if (parted !== undefined) return parted;
  const faults = stoppedFaults(follower, leader);
  const reasons = ['a follower of this leader, stopped', ...faults.map(({ reason }) => reason)];
  return { class: 'down', reasons, faults };
}

const is = (name: FollowerClass, ...reasons: string[]): Classified => ({ class: name, reasons });

function classifyStandby(follower: ClusterFacts, server: ServerFacts, leader: ServerFacts): Classified {
  if (server.systemIdentifier !== leader.systemIdentifier)
    return is(
      'standby-of-other',
      `its system identifier is ${server.systemIdentifier}, the leader's ${leader.systemIdentifier}`,
    );
  const parted = classifyParted(follower, leader);
  if (parted !== undefined) return parted;
  const faults = standbyFaults(follower, server, leader);
  if (faults.length > 0) return { class: 'repairable', reasons: faults.map(({ reason }) => reason), faults };
  const delay = applyDelayMs(follower);
  return delay > 0
    ? is(
        'healthy',
        'it streams through its slot and has received what the leader had flushed',
        `it replays ${formatDuration(delay)} late, by its recovery_min_apply_delay`,
      )
    : is('healthy', 'it streams through its slot and has replayed what the leader had flushed');
}

/** A standby of the same origin whose way is not the leader's any more. */
function classifyParted(follower: ClusterFacts, leader: ServerFacts): Classified | undefined {
  if (isOnForeignTimeline(follower, leader))
    return is(
      'standby-of-other',
      `it is on a later timeline than the leader (${String(leader.timeline)}): it follows another leader of the same origin`,
    );
  return hasPassedTheFork(follower, leader)
    ? is('diverged', 'it has received more of an old timeline than the leader had when it left it')
    : undefined;
}

function classifyWritable(server: ServerFacts, leader: ServerFacts): Classified {
  if (server.systemIdentifier === leader.systemIdentifier)
    return is('diverged', "the leader's system identifier, and not in recovery");
  if (server.subscriptions > 0)
    return is('subscriber', counted(server.subscriptions, 'logical subscription'));
  if (server.standbys.length > 0 || server.slots.length > 0)
    return is(
      'leader-like',
      ...server.slots.map(({ name }) => `slot ${name}`),
      ...server.standbys.map(({ applicationName }) => `standby ${applicationName}`),
    );
  const own = [
    ...server.databases.filter((name) => name !== 'postgres').map((name) => `database ${name}`),
    ...(server.userTables > 0 ? [`${counted(server.userTables, 'table')} in database postgres`] : []),
    ...server.userRoles.map((name) => `role ${name}`),
  ];
  return own.length > 0
    ? { class: 'foreign', reasons: own }
    : is('fresh', 'a new cluster: no database, table or role of its own');
}

const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

const isStoppedForSwap = (
  { files }: ClusterFacts,
  record: { values: Record<string, string>; hasJob: boolean } | undefined,
): boolean =>
  record?.hasJob === true &&
  record.values.intent !== undefined &&
  record.values.stoppedAtMs !== undefined &&
  !files.running &&
  files.controlData !== undefined;

const wipeReason = ({ op = '', wiped }: Record<string, string>): string =>
  wiped === 'yes'
    ? `operation ${op} has emptied it and copies in place`
    : `operation ${op} was cut off while it emptied it`;

/**
 * The class, with our own open operation taken into account: past the swap it is `copied`; with a copy job
 * it is `partial` or `copied`, but only over data that a first run would have been allowed to replace.
 */
export function classify(
  follower: ClusterFacts,
  leader: ServerFacts,
  record: { values: Record<string, string>; hasJob: boolean } | undefined,
): Classified {
  if (record?.values.swapped === 'yes')
    return is('copied', `operation ${record.values.op ?? ''} has swapped the directories and is not closed`);
  if (record?.values.wipeIntent !== undefined && (record.values.wiped === 'yes' || !follower.files.running))
    return {
      class: 'partial',
      reasons: [wipeReason(record.values)],
      // Before the first byte is gone the data is still all there, and a card has to say so.
      ...(follower.files.controlData === undefined || record.values.wiped === 'yes' ? { begun: true } : {}),
    };
  const data = classifyData(follower, leader);
  // Cut off between the two renames the data directory is absent; the record then still tells whose it was.
  if (data.class === 'empty' && record?.values.intent !== undefined)
    return is('copied', `operation ${record.values.op ?? ''} was cut off in its swap`);
  // Cut off before them, the server is stopped and its contents cannot be listed; but it was we who stopped it.
  if ((data.class === 'unreadable' || data.class === 'down') && isStoppedForSwap(follower, record))
    return is('partial', `operation ${record?.values.op ?? ''} was cut off after it had stopped the server`);
  if (data.class === 'healthy' && record?.values.repairIntent !== undefined)
    return {
      class: 'repairable',
      reasons: [`operation ${record.values.op ?? ''} has repaired it and is not closed`],
    };
  if (!record?.hasJob) return data;
  if (data.class !== 'fresh' && data.class !== 'empty') return { ...data, begun: true };
  return is('partial', `operation ${record.values.op ?? ''} has begun its copy`);
}
