import type { FailureCode } from '../workflows/contract/codes.js';
import type { FollowerClass } from '../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { parseLsn } from './postgres/lsn.js';

export interface Classified {
  class: FollowerClass;
  /** What the class was seen by; for the card, and for the blocker of a refused class. */
  reasons: string[];
}

/** Classes this version goes on with; every other one is refused under its own code. */
export const REFUSED_CLASSES: Partial<Record<FollowerClass, FailureCode>> = {
  unreadable: 'FOLLOWER_UNREADABLE',
  down: 'FOLLOWER_DOWN',
  repairable: 'FOLLOWER_REPAIRABLE',
  'standby-of-other': 'FOLLOWER_OF_OTHER_LEADER',
  subscriber: 'FOLLOWER_SUBSCRIBES',
  diverged: 'FOLLOWER_DIVERGED',
  'leader-like': 'FOLLOWER_LEADER_LIKE',
  foreign: 'FOLLOWER_HAS_DATA',
};

/** What the follower's data directory is, our own operation left aside. */
export function classifyData(follower: ClusterFacts, leader: ServerFacts): Classified {
  const { files, server } = follower;
  if (!files.exists || (files.entries === 0 && files.pgVersion === undefined))
    return is('empty', 'no data directory, or an empty one');
  if (server !== undefined)
    return server.inRecovery ? classifyStandby(server, leader) : classifyWritable(server, leader);
  if (files.controlData === undefined)
    return is('unreadable', 'its control file cannot be read and no server runs');
  if (files.running) return is('unreadable', 'a server works in it but takes no connection');
  if (files.controlData.systemIdentifier !== leader.systemIdentifier)
    return is('unreadable', 'its server is stopped, so its contents cannot be listed');
  return files.standbySignal
    ? is('down', 'a follower of this leader, stopped')
    : is('diverged', "the leader's system identifier, stopped, without standby.signal");
}

const is = (name: FollowerClass, ...reasons: string[]): Classified => ({ class: name, reasons });

function classifyStandby(server: ServerFacts, leader: ServerFacts): Classified {
  if (server.systemIdentifier !== leader.systemIdentifier)
    return is(
      'standby-of-other',
      `its system identifier is ${server.systemIdentifier}, the leader's ${leader.systemIdentifier}`,
    );
  const faults = standbyFaults(server, leader);
  return faults.length === 0
    ? is('healthy', 'it streams through its slot and has replayed what the leader had flushed')
    : { class: 'repairable', reasons: faults };
}

/** Why a follower of this leader cannot be called healthy. `state = streaming` alone proves nothing. */
function standbyFaults(server: ServerFacts, leader: ServerFacts): string[] {
  const faults: string[] = [];
  const receiver = server.walReceiver;
  if (receiver?.status !== 'streaming') return ['its WAL receiver does not stream'];
  if (receiver.timeline !== leader.timeline)
    faults.push(
      `it receives timeline ${String(receiver.timeline)}, the leader is on ${String(leader.timeline)}`,
    );
  if (server.replayPaused) faults.push('its replay is paused');
  const slot = leader.slots.find(({ name }) => name === receiver.slot);
  if (slot === undefined)
    faults.push(
      receiver.slot === null ? 'it uses no replication slot' : `the leader has no slot ${receiver.slot}`,
    );
  else if (!slot.active || (slot.walStatus !== 'reserved' && slot.walStatus !== 'extended'))
    faults.push(
      `its slot ${slot.name} is ${slot.active ? 'active' : 'inactive'}, ${slot.walStatus ?? 'unknown'}`,
    );
  const sender = leader.standbys.find(({ pid }) => pid === slot?.activePid);
  if (sender === undefined) faults.push('the leader shows no WAL sender for its slot');
  else if (sender.replyAgeSeconds !== null && sender.replyAgeSeconds > 60)
    faults.push(`its last reply to the leader is ${String(Math.round(sender.replyAgeSeconds))} s old`);
  if (leader.flushLsn !== null && !isLevel(server, leader.flushLsn))
    faults.push(
      `it has replayed ${server.replayLsn ?? 'nothing'}, the leader had flushed ${leader.flushLsn}`,
    );
  return faults;
}

const WAL_PAGE = 8192n;
/** No ordinary record is longer: a handful of full-page images. */
const LONGEST_RECORD = 65_536n;

/**
 * Whether the follower has replayed all that the leader had flushed. The leader's WAL writer flushes up to
 * the last full page, so on an idle leader that may be the middle of a record for as long as nothing else
 * is written: received to that page boundary, with less than a record left to replay, is level too.
 */
export function isLevel(server: Pick<ServerFacts, 'replayLsn' | 'receiveLsn'>, flushLsn: string): boolean {
  if (server.replayLsn === null) return false;
  const [replayed, flushed] = [parseLsn(server.replayLsn), parseLsn(flushLsn)];
  if (replayed >= flushed) return true;
  const received = server.receiveLsn === null ? 0n : parseLsn(server.receiveLsn);
  return flushed % WAL_PAGE === 0n && received >= flushed && flushed - replayed < LONGEST_RECORD;
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
  const data = classifyData(follower, leader);
  // Cut off between the two renames the data directory is absent; the record then still tells whose it was.
  if (data.class === 'empty' && record?.values.intent !== undefined)
    return is('copied', `operation ${record.values.op ?? ''} was cut off in its swap`);
  // Cut off before them, the server is stopped and its contents cannot be listed; but it was we who stopped it.
  if (data.class === 'unreadable' && isStoppedForSwap(follower, record))
    return is('partial', `operation ${record?.values.op ?? ''} was cut off after it had stopped the server`);
  if (!record?.hasJob || (data.class !== 'fresh' && data.class !== 'empty')) return data;
  return is('partial', `operation ${record.values.op ?? ''} has begun its copy`);
}
