import { copyApplicationName } from '../planning/step-commands.js';
import type { CopyProgress, StepInput } from '../workflows/contract/activities.js';
import type { SqlSession } from './hosts/host.js';

interface ProgressRow {
  phase: string;
  backup_total: string | null;
  backup_streamed: string;
}

const PHASES: Record<string, CopyProgress['phase']> = {
  initializing: 'starting',
  'waiting for checkpoint to finish': 'waiting for checkpoint',
  'estimating backup size': 'waiting for checkpoint',
  'streaming database files': 'copying',
  'waiting for wal archiving to finish': 'finalising',
  'transferring wal files': 'finalising',
};

/**
 * The leader's own view of our copy. The row is gone while pg_basebackup still syncs its files: then it
 * is finalising, at the last known bytes. pg_basebackup always asks for the size, so `-P` is not needed.
 */
export async function readCopyProgress(
  session: SqlSession,
  { follower }: StepInput,
  last: CopyProgress | undefined,
  job: string,
): Promise<CopyProgress> {
  const [row] = await session.query<ProgressRow>(
    `select p.phase, p.backup_total::text, p.backup_streamed::text
       from pg_stat_progress_basebackup p join pg_stat_activity a using (pid) where a.application_name = $1`,
    [copyApplicationName(follower)],
  );
  const at = new Date().toISOString();
  const known = { bytesDone: last?.bytesDone ?? 0, bytesTotal: last?.bytesTotal ?? 0 };
  if (row === undefined) return { ...known, phase: known.bytesDone > 0 ? 'finalising' : 'starting', at, job };
  const bytesDone = Math.max(Number(row.backup_streamed), known.bytesDone);
  const bytesTotal = Math.max(Number(row.backup_total ?? 0), known.bytesTotal);
  return { phase: PHASES[row.phase] ?? 'copying', bytesDone, bytesTotal, at, job };
}
