import { formatBytes, formatDuration, formatRate, percent } from '../../planning/format.js';
import type { ProgressView } from '../run-view.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { walLines } from './wal.js';

/** A worker that was killed is noticed after seconds; an older figure than this is said to be one. */
const STALE_MS = 10_000;

/** Bar, percent, bytes, rate, ETA; only the phase where nothing is copied yet or any more. Below it, the leader's WAL. */
export function renderProgress(progress: ProgressView, style: Style, indent: string): string[] {
  return [copyLine(progress, style, indent), ...walLines(progress, style, indent)];
}

function copyLine(progress: ProgressView, style: Style, indent: string): string {
  const { green, dim } = paint(style);
  const { barFull, barEmpty } = glyphs(style);
  const remarks = remarksOn(progress)
    .map((remark) => `, ${remark}`)
    .join('');
  if (progress.phase !== 'copying') return `${indent}${progress.phase}${remarks}`;
  const facts = `${progressFacts(progress)}${remarks}`;
  const room = Math.min(40, style.width - indent.length - facts.length - 2);
  if (room < 8) return `${indent}${facts}`;
  const full = Math.round((percent(progress.bytesDone, progress.bytesTotal) / 100) * room);
  return `${indent}${green(barFull.repeat(full))}${dim(barEmpty.repeat(room - full))}  ${facts}`;
}

function remarksOn(progress: ProgressView): string[] {
  const { at, ageMs, standsStillSince, leaderUnreachable, phase, bytesDone, bytesTotal } = progress;
  return [
    ...(phase === 'replaying' ? [`${formatBytes(bytesTotal - bytesDone)} to go`] : []),
    ...(leaderUnreachable === undefined ? [] : ['as its disk shows it']),
    ...(standsStillSince === undefined
      ? []
      : [`no growth for ${formatDuration(Date.parse(at) - Date.parse(standsStillSince))}`]),
    ...(ageMs > STALE_MS ? [`seen ${formatDuration(ageMs)} ago`] : []),
  ];
}

/** `52 %, 162 MB of 312 MB, 80 MB/s, ETA 2 s` */
export function progressFacts({ bytesDone, bytesTotal, bytesPerSecond, etaSeconds }: ProgressView): string {
  const parts =
    bytesTotal > 0
      ? [
          `${String(percent(bytesDone, bytesTotal))} %`,
          `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
        ]
      : [formatBytes(bytesDone)];
  if (bytesPerSecond !== undefined) parts.push(formatRate(bytesPerSecond));
  if (etaSeconds !== undefined) parts.push(`ETA ${formatDuration(etaSeconds * 1000)}`);
  return parts.join(', ');
}
