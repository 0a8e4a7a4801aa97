import type { StandbyLimit } from './standby-settings.js';

export interface ControlData {
  /** Decimal; beyond 2^53, hence text. */
  systemIdentifier: string;
  /** E.g. `in production`, `shut down`, `shut down in recovery`, `in archive recovery`. */
  state: string;
  catalogVersion: string;
  /** Of the latest checkpoint. A standby may already replay a later one: see `minRecoveryTimeline`. */
  timeline: number;
  checkpointLsn: string;
  redoLsn: string;
  /** `0/0` outside of recovery. */
  minRecoveryLsn: string;
  minRecoveryTimeline: number;
  /** `0/0` once a base backup has reached consistency. */
  backupStartLsn: string;
  walLevel: string;
  blockSize: number;
  walBlockSize: number;
  walSegmentBytes: number;
  maximumAlignment: number;
  dataChecksums: boolean;
  /** What a standby of this cluster must have at least. */
  limits: Record<StandbyLimit, number>;
}

const LIMIT_LABELS: Record<StandbyLimit, string> = {
  max_connections: 'max_connections setting',
  max_worker_processes: 'max_worker_processes setting',
  max_wal_senders: 'max_wal_senders setting',
  max_prepared_transactions: 'max_prepared_xacts setting',
  max_locks_per_transaction: 'max_locks_per_xact setting',
};

/**
 * Reads what `LC_ALL=C pg_controldata` of PostgreSQL 13 to 18 prints. `undefined` when it cannot be
 * relied on: a line is missing, or the program warns (it then goes on to print numbers that may be
 * garbage, with exit code 0).
 */
export function parseControlData(output: string): ControlData | undefined {
  if (/^WARNING/m.test(output)) return undefined;
  const fields = new Map<string, string>();
  for (const line of output.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  try {
    return readFields((label) => {
      const value = fields.get(label);
      if (value === undefined || value === '') throw new MissingField(label);
      return value;
    });
  } catch (error) {
    if (error instanceof MissingField) return undefined;
    throw error;
  }
}

class MissingField extends Error {}

function readFields(text: (label: string) => string): ControlData {
  const number = (label: string): number => {
    const value = Number(text(label));
    if (!Number.isSafeInteger(value)) throw new MissingField(label);
    return value;
  };
  const limits = Object.entries(LIMIT_LABELS).map(([name, label]) => [name, number(label)]);
  return {
    systemIdentifier: text('Database system identifier'),
    state: text('Database cluster state'),
    catalogVersion: text('Catalog version number'),
    timeline: number("Latest checkpoint's TimeLineID"),
    checkpointLsn: text('Latest checkpoint location'),
    redoLsn: text("Latest checkpoint's REDO location"),
    minRecoveryLsn: text('Minimum recovery ending location'),
    minRecoveryTimeline: number("Min recovery ending loc's timeline"),
    backupStartLsn: text('Backup start location'),
    walLevel: text('wal_level setting'),
    blockSize: number('Database block size'),
    walBlockSize: number('WAL block size'),
    walSegmentBytes: number('Bytes per WAL segment'),
    maximumAlignment: number('Maximum data alignment'),
    dataChecksums: number('Data page checksum version') > 0,
    limits: Object.fromEntries(limits) as Record<StandbyLimit, number>,
  };
}
