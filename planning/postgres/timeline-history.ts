import { compareLsn } from './lsn.js';

/** One line of a timeline's history file: the timeline it came from, and where it left it. */
export interface TimelineSwitch {
  timeline: number;
  /** The first position that no longer belongs to `timeline`. */
  lsn: string;
}

/** Reads `pg_wal/XXXXXXXX.history` as PostgreSQL does: timeline, position, and a reason that is not looked at. */
export function parseTimelineHistory(text: string): TimelineSwitch[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)\b/i.exec(line);
    return match?.[1] === undefined || match[2] === undefined
      ? []
      : [{ timeline: Number(match[1]), lsn: match[2] }];
  });
}

interface Position {
  timeline: number;
  history: TimelineSwitch[];
}

/**
 * Where two histories of one cluster part: the end of the last timeline both have been on. `undefined` where
 * that cannot be told: on one and the same timeline two servers that both write leave no mark.
 */
export function forkPoint(one: Position, other: Position): TimelineSwitch | undefined {
  if (one.timeline === other.timeline) return undefined;
  // Whoever was promoted names the timeline of the other as one it has left.
  const left = (from: Position, timeline: number): TimelineSwitch | undefined =>
    from.history.find((entry) => entry.timeline === timeline);
  return left(one, other.timeline) ?? left(other, one.timeline) ?? lastCommon(one, other);
}

/** Both were promoted away from a timeline they share: the earlier of the two ends. */
function lastCommon(one: Position, other: Position): TimelineSwitch | undefined {
  const shared = one.history.filter(({ timeline }) =>
    other.history.some((entry) => entry.timeline === timeline),
  );
  const last = shared.at(-1);
  const there = other.history.find(({ timeline }) => timeline === last?.timeline);
  if (last === undefined || there === undefined) return undefined;
  return compareLsn(last.lsn, there.lsn) <= 0 ? last : there;
}
