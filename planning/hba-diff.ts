import type { FileDiff } from '../workflows/contract/card.js';
import { redactHba } from './redact.js';
import { unifiedDiff } from './unified-diff.js';

/** A plan must stay small: its history is kept for months. Characters. */
const MAX_LINE = 200;
const MAX_TOTAL = 800;

/** What becomes of a pg_hba.conf, to be read by a person: secrets are left out, and so is what is too much. */
export function hbaDiff(
  file: string,
  former: string,
  wanted: string,
  majorVersion: number,
): FileDiff | undefined {
  const all = unifiedDiff(redactHba(former, majorVersion), redactHba(wanted, majorVersion)).map((line) =>
    line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line,
  );
  if (all.length === 0) return undefined;
  const lines: string[] = [];
  let total = 0;
  for (const line of all) {
    total += line.length;
    if (total > MAX_TOTAL) break;
    lines.push(line);
  }
  return { file, lines, ...(lines.length === all.length ? {} : { omitted: all.length - lines.length }) };
}
