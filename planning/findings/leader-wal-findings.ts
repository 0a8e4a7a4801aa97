import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { formatBytes, formatDuration, formatRate, parseBytes } from '../format.js';
import { GUESSED_RATE } from '../follower-plan.js';
import { listed } from '../shorten.js';
import { blockOn, finding } from './finding.js';
import { plannedSetting } from './planned-setting.js';

const MB = 1024 ** 2;

/** How much WAL slots may retain: whether that is bounded, enough for the copy, and little enough for the disk. */
export const leaderWalFindings = (
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
): Finding[] => [
  ...slotBoundFindings(config, server),
  ...boundTight(config, server, target),
  ...roomFindings(facts, server, target),
];

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

/** In bytes, once the run has set it; undefined: none. */
function slotBound(server: ServerFacts, target: LeaderTarget): number | undefined {
  const text = plannedSetting(server, target, 'max_slot_wal_keep_size') ?? '-1';
  const bytes = parseBytes(text) ?? Number(text) * MB;
  return bytes > 0 ? bytes : undefined;
}

/** A copy that takes longer than the bound lasts loses its slot, hours after it began. */
function boundTight(config: RunConfig, server: ServerFacts, target: LeaderTarget): Finding[] {
  const bound = slotBound(server, target);
  if (bound === undefined || server.walBytesPerSecond === null) return [];
  const seconds = server.databaseBytes / (config.copy.maxRateBytesPerSecond ?? GUESSED_RATE);
  const written = server.walBytesPerSecond * seconds;
  if (written <= bound) return [];
  return [
    finding(
      'warning',
      'SLOT_BOUND_TIGHT',
      target.name,
      `while it is copied it writes about ${formatBytes(written)} of WAL; a slot retains no more than ${formatBytes(bound)}`,
      {
        detail: `${formatRate(server.walBytesPerSecond)} on average, for ${formatDuration(seconds * 1000)}.`,
      },
    ),
  ];
}

/** A bound that the disk cannot hold protects nobody. Known only where pg_wal lies on the file system that was measured. */
function roomFindings({ files }: ClusterFacts, server: ServerFacts, target: LeaderTarget): Finding[] {
  if (
    files.isMount ||
    files.links.some(({ link }) => link === 'pg_wal') ||
    files.mountsBelow.length > 0 ||
    files.freeBytes === 0
  )
    return [];
  const bound = slotBound(server, target);
  if (bound === undefined || bound <= files.freeBytes) return [];
  return [
    finding(
      'warning',
      'LEADER_ROOM_TIGHT',
      target.name,
      `a slot may retain ${formatBytes(bound)} of WAL, its file system ${files.mountPoint} has ${formatBytes(files.freeBytes)} free`,
    ),
  ];
}
