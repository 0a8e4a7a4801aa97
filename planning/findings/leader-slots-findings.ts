import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ReplicationSlotFacts, ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import { listed } from '../shorten.js';
import { freePlacesNeeded } from '../targets.js';
import { blockOn, finding } from './finding.js';
import { plannedSetting } from './planned-setting.js';

/** Followers that something is done for on the leader, and those among them that are copied. */
interface Counts {
  work: number;
  copies: number;
}

/** Room for the new followers among WAL senders and slots, and what other slots are up to. */
export function leaderSlotsFindings(
  config: RunConfig,
  server: ServerFacts,
  target: LeaderTarget,
  counts: Counts,
): Finding[] {
  return [
    ...exhausted(config, server, target, counts),
    ...deadSlots(server, target.name),
    ...versionSettings(server, target.name),
  ];
}

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
    const limit = Number(plannedSetting(server, target, name));
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
