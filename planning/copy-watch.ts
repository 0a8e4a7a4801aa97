import type { CopyPhase, CopyProgress, WalWatch } from '../workflows/contract/activities.js';
import { noGrowth, rateOf, seenAt, type Growth } from './growth.js';
import { walBudget, type WalRoom } from './wal-budget.js';

/** What the leader shows of one copy, at one moment. */
export interface LeaderLook {
  /** Absent: nobody sends a backup; the client may still be syncing its files. */
  backup?: { phase: CopyPhase; bytesDone: number; bytesTotal: number };
  /** `gone`: there is no such slot; `lost`: it has given up WAL that the copy needs. */
  slot: 'reserved' | 'lost' | 'gone';
  wal: WalRoom;
}

export interface CopyLook {
  /** ms. */
  at: number;
  job: string;
  /** pg_basebackup has ended well. */
  copied: boolean;
  /** Absent: the leader could not be asked. */
  leader?: LeaderLook;
  /** Bytes on the follower's disk, if they were counted. */
  diskBytes?: number;
}

/** What the looks at one copy have seen, folded. */
export interface CopyWatch {
  job: string;
  progress: CopyProgress | undefined;
  /** The two views of the copy. */
  streamed: Growth;
  onDisk: Growth;
  retained: Growth;
}

/** `last`: what a former attempt told of the same job, so that a new worker goes on where it was. */
export function watchFrom(job: string, at: number, last?: CopyProgress): CopyWatch {
  const known = last?.job === job ? last : undefined;
  const stillSince = known?.standsStillSince === undefined ? at : Date.parse(known.standsStillSince);
  return {
    job,
    progress: known,
    streamed: noGrowth(stillSince),
    onDisk: noGrowth(stillSince),
    retained: noGrowth(at),
  };
}

export function seen(before: CopyWatch, look: CopyLook): CopyWatch & { progress: CopyProgress } {
  const { at, leader, diskBytes } = look;
  const phase = phaseOf(before, look);
  const views = standsByRight(phase)
    ? { streamed: noGrowth(at), onDisk: noGrowth(at) }
    : {
        streamed: grown(before.streamed, leader?.backup?.bytesDone, at),
        onDisk: grown(before.onDisk, diskBytes, at),
      };
  const retained = grown(before.retained, leader?.wal.retainedBytes, at);
  return {
    job: before.job,
    ...views,
    retained,
    progress: progressOf(before.progress, look, phase, { ...views, retained }),
  };
}

const grown = (growth: Growth, value: number | undefined, at: number): Growth =>
  value === undefined ? growth : seenAt(growth, value, at);

/** Since when neither view has grown; ms. */
export const stillSince = ({ streamed, onDisk }: CopyWatch): number =>
  Math.max(streamed.grownAt, onDisk.grownAt);

/** Phases in which nothing has to grow: the leader writes its checkpoint, or the follower syncs or reads what it has. */
const standsByRight = (phase: CopyPhase): boolean =>
  phase === 'waiting for checkpoint' || phase === 'finalising' || phase === 'verifying';

/** A backup may end a little below its estimate: tables were dropped meanwhile. */
const NEARLY_ALL = 0.98;

function phaseOf({ progress }: CopyWatch, { copied, leader, diskBytes }: CopyLook): CopyPhase {
  if (copied) return 'verifying';
  if (leader?.backup !== undefined) return leader.backup.phase;
  const former = progress?.phase ?? 'starting';
  if (leader === undefined) return former === 'starting' && (diskBytes ?? 0) > 0 ? 'copying' : former;
  const { bytesDone = 0, bytesTotal = 0 } = progress ?? {};
  // Who has only just attached knows no figure of the leader's; what is on disk tells a beginning from an end.
  if (bytesDone === 0) return former === 'finalising' || (diskBytes ?? 0) > 0 ? 'finalising' : 'starting';
  // Only at the end is it right that nobody sends; earlier the leader has given the client up.
  return bytesDone >= bytesTotal * NEARLY_ALL || former === 'finalising' ? 'finalising' : 'copying';
}

/** Shorter than this nobody has to read of it. */
const STILL_MS = 10_000;

function progressOf(
  former: CopyProgress | undefined,
  { at, job, leader, diskBytes }: CopyLook,
  phase: CopyPhase,
  { streamed, onDisk, retained }: Pick<CopyWatch, 'streamed' | 'onDisk' | 'retained'>,
): CopyProgress {
  const { bytesDone = 0, bytesTotal = 0 } = former ?? {};
  const now = leader === undefined ? diskBytes : leader.backup?.bytesDone;
  const total = Math.max(leader?.backup?.bytesTotal ?? 0, bytesTotal);
  const rate = phase === 'copying' ? rateOf(leader === undefined ? onDisk : streamed) : undefined;
  const still = Math.max(streamed.grownAt, onDisk.grownAt);
  const wal = leader === undefined ? former?.wal : walWatch(leader.wal, retained);
  return {
    phase,
    bytesDone: phase === 'verifying' ? total : Math.max(now ?? 0, bytesDone),
    bytesTotal: total,
    at: new Date(at).toISOString(),
    job,
    ...(rate === undefined ? {} : { bytesPerSecond: rate }),
    ...(leader === undefined && phase !== 'verifying' ? { leaderUnreachable: true } : {}),
    ...(at - still >= STILL_MS ? { standsStillSince: new Date(still).toISOString() } : {}),
    ...(wal === undefined ? {} : { wal }),
    ...(former?.walTold === undefined ? {} : { walTold: true }),
  };
}

export function walWatch(room: WalRoom, retained: Growth): WalWatch {
  const budgetBytes = walBudget(room);
  const rate = rateOf(retained) ?? 0;
  return {
    retainedBytes: room.retainedBytes,
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
    ...(rate > 0 ? { bytesPerSecond: rate } : {}),
  };
}
