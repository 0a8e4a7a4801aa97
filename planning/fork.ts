import type { ClusterFacts, ServerFacts } from './facts.js';
import { compareLsn, parseLsn } from './postgres/lsn.js';
import { forkPoint, parseTimelineHistory, type TimelineSwitch } from './postgres/timeline-history.js';

/** How far a cluster has come: its timeline, its last position there, and the way it came. */
export interface WalPosition {
  timeline: number;
  /** `undefined` where neither server nor control file tells. */
  lsn: string | undefined;
  history: TimelineSwitch[];
}

/**
 * A standby's own control file lags behind what it replays, so the highest timeline that anything names
 * counts, and of a running one the position it has received.
 */
export function positionOf({ server, files }: ClusterFacts): WalPosition {
  const control = files.controlData;
  const stopped = control?.minRecoveryLsn === '0/0' ? control.checkpointLsn : control?.minRecoveryLsn;
  return {
    timeline: Math.max(
      server?.walReceiver?.timeline ?? 0,
      server === undefined ? (control?.timeline ?? 0) : timelineOf(server),
      server?.inRecovery === false ? 0 : (control?.minRecoveryTimeline ?? 0),
    ),
    lsn:
      server === undefined ? stopped : (server.flushLsn ?? server.receiveLsn ?? server.replayLsn ?? stopped),
    history: parseTimelineHistory(
      (server === undefined ? files.timelineHistory : server.timelineHistory) ?? '',
    ),
  };
}

const timelineOf = ({ timeline, walTimeline }: ServerFacts): number => Math.max(timeline, walTimeline ?? 0);

const leaderPosition = (leader: ServerFacts): WalPosition => ({
  timeline: timelineOf(leader),
  lsn: leader.flushLsn ?? undefined,
  history: parseTimelineHistory(leader.timelineHistory ?? ''),
});

/** Where the follower's history and the leader's part; `undefined` where that cannot be told. */
export const forkOf = (follower: ClusterFacts, leader: ServerFacts): TimelineSwitch | undefined =>
  forkPoint(positionOf(follower), leaderPosition(leader));

/** On a timeline the leader has never been on: it follows, or was, another leader of the same origin. */
export const isOnForeignTimeline = (follower: ClusterFacts, leader: ServerFacts): boolean =>
  positionOf(follower).timeline > timelineOf(leader);

/** It has WAL of an old timeline that the leader left before: no repair brings it back to the leader. */
export function hasPassedTheFork(follower: ClusterFacts, leader: ServerFacts): boolean {
  const own = positionOf(follower);
  const fork = own.timeline < timelineOf(leader) ? forkOf(follower, leader) : undefined;
  return fork !== undefined && own.lsn !== undefined && compareLsn(own.lsn, fork.lsn) > 0;
}

/** Bytes of WAL behind the fork that only this cluster has. */
export function bytesBehind(position: WalPosition, fork: TimelineSwitch): number | undefined {
  if (position.lsn === undefined) return undefined;
  const bytes = parseLsn(position.lsn) - parseLsn(fork.lsn);
  return bytes > 0n ? Number(bytes) : 0;
}
