import { formatBytes, formatDuration, formatRate, percent } from '../../planning/format.js';
import type { ProgressView } from '../run-view.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';

/** A worker that was killed is noticed after seconds; an older figure than this is said to be one. */
const STALE_MS = 10_000;

/** One line: bar, percent, bytes, rate, ETA; only the phase where nothing is copied yet or any more. */
export function renderProgress(progress: ProgressView, style: Style, indent: string): string {
  const { green, dim } = paint(style);
  const { barFull, barEmpty } = glyphs(style);
  const stale = progress.ageMs > STALE_MS ? `, seen ${formatDuration(progress.ageMs)} ago` : '';
  if (progress.phase !== 'copying') return `${indent}${progress.phase}${stale}`;
  const facts = `${progressFacts(progress)}${stale}`;
  const room = Math.min(40, style.width - indent.length - facts.length - 2);
  if (room < 8) return `${indent}${facts}`;
  const full = Math.round((percent(progress.bytesDone, progress.bytesTotal) / 100) * room);
  return `${indent}${green(barFull.repeat(full))}${dim(barEmpty.repeat(room - full))}  ${facts}`;
}

/** `52 %, 162 MB of 312 MB, 80 MB/s, ETA 2 s` */
export function progressFacts({ bytesDone, bytesTotal, bytesPerSecond, etaSeconds }: ProgressView): string {
  const parts = [
    `${String(percent(bytesDone, bytesTotal))} %`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
  ];
  if (bytesPerSecond !== undefined) parts.push(formatRate(bytesPerSecond));
  if (etaSeconds !== undefined) parts.push(`ETA ${formatDuration(etaSeconds * 1000)}`);
  return parts.join(', ');
}
