import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import { finding } from './finding.js';

const DAYS = 24 * 60 * 60_000;
/** From here on kept data is mentioned; from this part of its file system on it is a warning. */
const MENTIONED_AFTER_MS = 7 * DAYS;
const WARNED_FROM = 0.2;

/** Former data that is kept for long, or takes much of the disk. `nowMs`: of the worker. */
export function keptFindings(host: string, { files }: ClusterFacts, nowMs: number): Finding[] {
  const kept = (files.kept ?? []).filter(({ intact }) => intact);
  if (kept.length === 0) return [];
  const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const ends = kept.flatMap(({ op }) => closedAt(files, op) ?? []).sort();
  const [since] = ends;
  const much = bytes > WARNED_FROM * files.fileSystemBytes;
  const long = since !== undefined && nowMs - Date.parse(since) > MENTIONED_AFTER_MS;
  if (!much && !long) return [];
  const undo = kept.some(({ kind }) => kind === 'replaced');
  return [
    finding(
      much ? 'warning' : 'info',
      'REPLACED_DATA_KEPT',
      host,
      `former data takes ${formatBytes(bytes)}${since === undefined ? '' : `, the oldest since ${since}`}`,
      {
        detail: kept.map(({ keptAs, sizeBytes }) => `${keptAs} (${formatBytes(sizeBytes)})`).join('; '),
        hint: undo
          ? '`runbook purge` frees it; until then `runbook undo` can put the former data back.'
          : '`runbook purge` frees it.',
      },
    ),
  ];
}

const closedAt = ({ closedRecords = [] }: ClusterFacts['files'], op: string): string | undefined =>
  closedRecords.find((record) => record.op === op)?.values.closedAt;
