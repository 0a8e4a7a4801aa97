import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding, LeaderTarget } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ReplicationSlotFacts, ServerFacts } from '../facts.js';
import { formatBytes, parseBytes } from '../format.js';
import { listed } from '../shorten.js';
import { freePlacesNeeded } from '../targets.js';
import { blockOn, finding } from './finding.js';

const MB = 1024 ** 2;

/** Followers that something is done for on the leader, and those among them that are copied. */
interface Counts {
  work: number;
  copies: number;
}

/** Room for the new followers among WAL senders and slots, and for the WAL that slots retain on the leader's disk. */
export function leaderSlotsFindings(
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
  counts: Counts,
): Finding[] {
  return [
    ...exhausted(config, server, target, counts),
    ...slotBoundFindings(config, server),
    ...roomFindings(facts, server, target),
    ...deadSlots(server, target.name),
    ...versionSettings(server, target.name),
  ];
}

/** The value a setting has once the run has changed what it changes. */
const planned = (server: ServerFacts, target: LeaderTarget, name: string): string | undefined =>
  target.settings.find((change) => change.name === name)?.to ?? server.settings[name]?.setting;

function exhausted(
  config: RunConfig,
  server: ServerFacts,
  target: LeaderTarget,
  { work, copies }: Counts,
): Finding[] {
  const needed = freePlacesNeeded(config, work, copies);
  const block = blockOn(target.name);
  return (
    [
      ['WAL_SENDERS_EXHAUSTED', 'max_wal_senders', 'WAL senders', server.walSenders, needed.walSenders],
      ['SLOTS_EXHAUSTED', 'max_replication_slots', 'replication slots', server.slots.length, needed.slots],
    ] as const
  ).flatMap(([code, name, noun, inUse, wanted]) => {
    const limit = Number(planned(server, target, name));
    return !(limit < inUse + wanted)
      ? []
      : [
          block(
            code,
            `${String(wanted)} more ${noun} are needed, ${String(Math.max(0, limit - inUse))} are free`,
            {
              detail: `${name} is ${String(limit)}, ${String(inUse)} are in use.`,
            },
          ),
        ];
  });
}

function slotBoundFindings(config: RunConfig, server: ServerFacts): Finding[] {
  const block = blockOn(config.leader.name);
  if (server.settings.max_slot_wal_keep_size?.setting !== '-1') return [];
  const { slotWalLimitBytes, acceptUnboundedSlot } = config.replication;
  if (slotWalLimitBytes === undefined)
    return acceptUnboundedSlot
      ? []
      : [
          block('SLOT_UNBOUNDED', 'max_slot_wal_keep_size is unlimited', {
            detail: "A follower that stays away would fill the leader's disk with WAL.",
            hint: 'Set `replication.slotWalLimit`, or `replication.acceptUnboundedSlot: true`.',
          }),
        ];
  const endangered = server.slots.filter(({ retainedBytes }) => retainedBytes > slotWalLimitBytes);
  return endangered.length === 0
    ? []
    : [
        block(
          'SLOT_LIMIT_INVALIDATES',
          `a bound of ${formatBytes(slotWalLimitBytes)} would invalidate a slot that retains more`,
          {
            detail: listed(
              endangered.map(({ name, retainedBytes }) => `${name} retains ${formatBytes(retainedBytes)}`),
              '; ',
            ),
            hint: 'Choose a larger `replication.slotWalLimit`.',
          },
        ),
      ];
}

/** A bound that the disk cannot hold protects nobody. Known only where pg_wal lies on the file system that was measured. */
function roomFindings({ files }: ClusterFacts, server: ServerFacts, target: LeaderTarget): Finding[] {
  if (files.isMount || files.walLinked || files.mountsBelow.length > 0 || files.freeBytes === 0) return [];
  const text = planned(server, target, 'max_slot_wal_keep_size') ?? '-1';
  const bound = parseBytes(text) ?? Number(text) * MB;
  if (!(bound > 0) || bound <= files.freeBytes) return [];
  return [
    finding(
      'warning',
      'LEADER_ROOM_TIGHT',
      target.name,
      `a slot may retain ${formatBytes(bound)} of WAL, its file system ${files.mountPoint} has ${formatBytes(files.freeBytes)} free`,
    ),
  ];
}

/** `extended` is more than max_wal_size, which a slot that is read from has only while it catches up. */
const isDead = ({ active, walStatus }: ReplicationSlotFacts): boolean =>
  walStatus === 'lost' || walStatus === 'unreserved' || (!active && walStatus === 'extended');

function deadSlots(server: ServerFacts, host: string): Finding[] {
  const dead = server.slots.filter(isDead);
  if (dead.length === 0) return [];
  const words = dead.map(({ name, active, walStatus, retainedBytes }) =>
    walStatus === 'lost'
      ? `${name} has lost its WAL`
      : `${name} is ${active ? 'active' : 'inactive'} and retains ${formatBytes(retainedBytes)}${walStatus === 'unreserved' ? ', which it is about to lose' : ''}`,
  );
  return [
    finding(
      'warning',
      'SLOTS_HOLD_WAL',
      host,
      `slots hold WAL back, or have lost theirs: ${String(dead.length)}`,
      {
        detail: listed(words, '; '),
      },
    ),
  ];
}

/** Settings of newer versions that end a slot, or wait for one. */
function versionSettings({ settings }: ServerFacts, host: string): Finding[] {
  const found: Finding[] = [];
  const timeout = settings.idle_replication_slot_timeout?.setting;
  if (timeout !== undefined && Number(timeout) > 0)
    found.push(
      finding(
        'warning',
        'SLOT_IDLE_TIMEOUT',
        host,
        `the slot of a follower that stays away for ${timeout} s is invalidated (idle_replication_slot_timeout)`,
      ),
    );
  const waiting = settings.synchronized_standby_slots?.setting ?? '';
  if (waiting !== '')
    found.push(
      finding(
        'info',
        'SYNCHRONIZED_STANDBY_SLOTS',
        host,
        `logical replication waits for the slots in synchronized_standby_slots (${waiting}), not for new ones`,
      ),
    );
  return found;
}
