import type { WalWatch } from '../workflows/contract/activities.js';

/** From here on the operator is warned. */
const WARN_AT = 0.5;
/** Here the copy is stopped and its slot dropped. */
export const STOP_AT = 0.8;
/** Of the room on the file system of pg_wal, the copy's slot may come to hold this much. */
const SHARE_OF_ROOM = 0.5;

export interface WalRoom {
  retainedBytes: number;
  /** max_slot_wal_keep_size as it runs; undefined: unlimited. */
  boundBytes: number | undefined;
  /** On the file system of pg_wal; undefined: could not be measured. */
  freeBytes: number | undefined;
}

/**
 * How much WAL the copy's slot may hold back: what max_slot_wal_keep_size allows, and no more than half of what
 * pg_wal's file system has room for (what is free, and what the slot holds already). The bound alone is no
 * safety where the disk is smaller than it; half of the room, because the leader's own WAL, and
 * often its data, need the rest.
 */
export function walBudget({ retainedBytes, boundBytes, freeBytes }: WalRoom): number | undefined {
  const shareBytes = freeBytes === undefined ? undefined : (retainedBytes + freeBytes) * SHARE_OF_ROOM;
  const limits = [boundBytes, shareBytes].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.floor(Math.min(...limits));
}

/** PostgreSQL itself gives the slot up before it takes more than its share of the disk. */
export const isBoundByServer = (room: WalRoom): boolean =>
  room.boundBytes !== undefined &&
  room.boundBytes <= (walBudget({ ...room, boundBytes: undefined }) ?? Number.POSITIVE_INFINITY);

export function walState({ retainedBytes, budgetBytes }: WalWatch): 'fine' | 'warning' | 'exceeded' {
  if (budgetBytes === undefined) return 'fine';
  if (retainedBytes >= budgetBytes * STOP_AT) return 'exceeded';
  return retainedBytes >= budgetBytes * WARN_AT ? 'warning' : 'fine';
}

/** In how many seconds the copy would have to be stopped; undefined: not as it is going. */
export function walSecondsLeft({ retainedBytes, budgetBytes, bytesPerSecond }: WalWatch): number | undefined {
  if (budgetBytes === undefined || bytesPerSecond === undefined || bytesPerSecond <= 0) return undefined;
  return Math.max(0, (budgetBytes * STOP_AT - retainedBytes) / bytesPerSecond);
}
