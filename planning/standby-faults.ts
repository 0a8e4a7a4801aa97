import type { Repair } from '../workflows/contract/target.js';
import type { ClusterFacts, ReplicationSlotFacts, ServerFacts } from './facts.js';
import { parseLsn } from './postgres/lsn.js';
import { STANDBY_LIMITS } from './postgres/standby-settings.js';

export interface StandbyFault {
  /** `paused`, `lag` and `signal` are faults that no repair of ours removes. */
  kind: Repair | 'paused' | 'lag' | 'signal';
  reason: string;
}

/** A setting of the follower: as its server runs, or as its files say where it does not. */
export const followerSetting = ({ server, files }: ClusterFacts, name: string): string =>
  server?.settings[name]?.setting ?? files.fileSettings[name] ?? '';

/** `recovery_min_apply_delay` in ms; such a follower replays late by intent. */
export const applyDelayMs = (follower: ClusterFacts): number =>
  Number(follower.server?.settings.recovery_min_apply_delay?.setting ?? 0);

/** The slot the follower streams through, else the configured one; empty for none. */
export function slotInUse(follower: ClusterFacts): string {
  const receiver = follower.server?.walReceiver;
  return receiver?.status === 'streaming'
    ? (receiver.slot ?? '')
    : followerSetting(follower, 'primary_slot_name');
}

/** Whether the follower can stream through a slot as it stands on the leader. */
export const isUsableSlot = (slot: ReplicationSlotFacts | undefined): slot is ReplicationSlotFacts =>
  slot?.type === 'physical' && slot.walStatus !== 'lost';

/**
 * Why a running follower of this leader cannot be called healthy. `state = streaming` alone proves nothing.
 * A pause is taken for a person's unless the limits are too low: then the server has paused by itself.
 */
export function standbyFaults(
  follower: ClusterFacts,
  server: ServerFacts,
  leader: ServerFacts,
): StandbyFault[] {
  const limits = limitFaults(follower, leader);
  const paused: StandbyFault[] =
    server.replayPaused && limits.length === 0 ? [{ kind: 'paused', reason: 'its replay is paused' }] : [];
  const signal: StandbyFault[] = follower.files.standbySignal
    ? []
    : [{ kind: 'signal', reason: 'its data directory has no standby.signal' }];
  const receiver = server.walReceiver;
  if (receiver?.status !== 'streaming')
    return [...connectionFaults(follower), ...slotFaults(follower, leader), ...limits, ...paused, ...signal];
  const faults = [...limits, ...paused, ...signal];
  if (receiver.timeline !== leader.timeline)
    faults.push({
      kind: 'connection',
      reason: `it receives timeline ${String(receiver.timeline)}, the leader is on ${String(leader.timeline)}`,
    });
  const slot = leader.slots.find(({ name }) => name === receiver.slot);
  faults.push(...slotFaults(follower, leader));
  if (slot !== undefined && isUsableSlot(slot)) faults.push(...useFaults(slot));
  faults.push(...senderFaults(slot, leader));
  if (leader.flushLsn !== null && !isLevel(receivedFor(follower, server), leader.flushLsn))
    faults.push({
      kind: 'lag',
      reason: `it has replayed ${server.replayLsn ?? 'nothing'}, the leader had flushed ${leader.flushLsn}`,
    });
  return faults;
}

/** What keeps a stopped follower of this leader from streaming once it is started, as its files tell. */
export const stoppedFaults = (follower: ClusterFacts, leader: ServerFacts): StandbyFault[] => [
  ...(followerSetting(follower, 'primary_conninfo') === '' ? connectionFaults(follower) : []),
  ...slotFaults(follower, leader),
  ...limitFaults(follower, leader),
];

const connectionFaults = (follower: ClusterFacts): StandbyFault[] => [
  {
    kind: 'connection',
    reason:
      followerSetting(follower, 'primary_conninfo') === ''
        ? 'it has no primary_conninfo, so it receives nothing'
        : 'its WAL receiver does not stream',
  },
];

function slotFaults(follower: ClusterFacts, leader: ServerFacts): StandbyFault[] {
  const name = slotInUse(follower);
  if (name === '') return [{ kind: 'slot', reason: 'it uses no replication slot' }];
  const slot = leader.slots.find((candidate) => candidate.name === name);
  if (slot === undefined) return [{ kind: 'slot', reason: `the leader has no slot ${name}` }];
  return isUsableSlot(slot) ? [] : [{ kind: 'slot', reason: `its slot ${name} is ${stateOf(slot)}` }];
}

const stateOf = ({ active, walStatus }: ReplicationSlotFacts): string =>
  `${active ? 'active' : 'inactive'}, ${walStatus ?? 'unknown'}`;

/** It streams, but not through its slot here, or the slot is about to lose its WAL. */
function useFaults(slot: ReplicationSlotFacts): StandbyFault[] {
  const reason = `its slot ${slot.name} is ${stateOf(slot)}`;
  if (!slot.active) return [{ kind: 'connection', reason }];
  const fine = slot.walStatus === 'reserved' || slot.walStatus === 'extended';
  return fine ? [] : [{ kind: 'lag', reason }];
}

function senderFaults(slot: ReplicationSlotFacts | undefined, leader: ServerFacts): StandbyFault[] {
  const sender = leader.standbys.find(({ pid }) => pid === slot?.activePid);
  // Without a slot the sender is not known by it; the slot is the fault then.
  if (slot === undefined) return [];
  if (sender === undefined)
    return [{ kind: 'connection', reason: 'the leader shows no WAL sender for its slot' }];
  const age = sender.replyAgeSeconds;
  return age === null || age <= 60
    ? []
    : [{ kind: 'lag', reason: `its last reply to the leader is ${String(Math.round(age))} s old` }];
}

function limitFaults(follower: ClusterFacts, leader: ServerFacts): StandbyFault[] {
  return STANDBY_LIMITS.flatMap((name): StandbyFault[] => {
    const [own, wanted] = [followerSetting(follower, name), leader.settings[name]?.setting ?? ''];
    return own !== '' && wanted !== '' && Number(own) < Number(wanted)
      ? [{ kind: 'settings', reason: `${name} is ${own}, the leader has ${wanted}` }]
      : [];
  });
}

/** A follower that replays late by intent is judged by what it has received. */
const receivedFor = (
  follower: ClusterFacts,
  server: ServerFacts,
): Pick<ServerFacts, 'replayLsn' | 'receiveLsn'> =>
  applyDelayMs(follower) > 0 ? { replayLsn: server.receiveLsn, receiveLsn: server.receiveLsn } : server;

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
