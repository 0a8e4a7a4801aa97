import { formatBytes, formatDuration } from '../../planning/format.js';
import { STOP_AT, walSecondsLeft, walState } from '../../planning/wal-budget.js';
import type { WalWatch } from '../../workflows/contract/activities.js';
import type { ProgressView } from '../run-view.js';
import { labelled } from './layout.js';
import { paint } from './style.js';
import type { Style } from './style.js';

/** What the copy's slot holds back on the leader, and where that leads. */
export function walLines({ wal, phase }: ProgressView, style: Style, indent: string): string[] {
  if (wal?.budgetBytes === undefined || phase === 'replaying') return [];
  const { yellow, dim } = paint(style);
  if (walState(wal) === 'fine') return [`${indent}${dim(walFacts(wal))}`];
  const stop = `at ${String(STOP_AT * 100)} % the copy is stopped and its slot dropped`;
  return labelled('warning: ', `${walFacts(wal)}; ${stop}`, style, 9, indent.length).map(yellow);
}

/** `WAL held back 1228 MB of 20 GB, at this rate 80 % in 5 h 00 m` */
export function walFacts(wal: WalWatch): string {
  const { retainedBytes, budgetBytes = 0 } = wal;
  const left = walSecondsLeft(wal);
  const forecast =
    left === undefined ? '' : `, at this rate ${String(STOP_AT * 100)} % in ${formatDuration(left * 1000)}`;
  return `WAL held back ${formatBytes(retainedBytes)} of ${formatBytes(budgetBytes)}${forecast}`;
}
