import type { Finding } from '../../workflows/contract/plan.js';
import type { ServerFacts } from '../facts.js';
import { finding } from './finding.js';

const DETAIL = 'WAL stays in pg_wal until it is archived; a full disk stops the leader.';

/** WAL that cannot be archived fills the leader's disk, and the copy adds to it. */
export function leaderArchivingFindings({ settings, archiver }: ServerFacts, host: string): Finding[] {
  if (archiver === null) return [];
  const hasCommand = ['archive_command', 'archive_library'].some(
    (name) => (settings[name]?.setting ?? '') !== '',
  );
  if (!hasCommand)
    return [
      finding(
        'warning',
        'ARCHIVER_FAILING',
        host,
        'archive_mode is on, and there is neither archive_command nor archive_library',
        { detail: DETAIL },
      ),
    ];
  const { lastFailedAt, lastArchivedAt, failedCount, lastFailedWal } = archiver;
  if (lastFailedAt === null || (lastArchivedAt !== null && lastArchivedAt > lastFailedAt)) return [];
  return [
    finding('warning', 'ARCHIVER_FAILING', host, `its WAL is not archived since ${lastFailedAt}`, {
      detail: `${String(failedCount)} failures, the last for ${lastFailedWal ?? 'a file'}. ${DETAIL}`,
    }),
  ];
}
