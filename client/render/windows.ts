import { formatDuration } from '../../planning/format.js';
import type { FollowerPlan, Plan } from '../../workflows/contract/plan.js';
import type { BranchState, WindowWait } from '../../workflows/contract/run-state.js';
import type { WindowNote } from '../../workflows/contract/time-window.js';
import { labelled } from './layout.js';
import { paint } from './style.js';
import type { Style } from './style.js';
import { elapsedMs } from './time.js';

/** `22:00-06:00 Europe/Berlin, opens 22:00 (in 3 h 10 m)`; `at`: ISO time of the reader. */
function windowWords({ window, opens, opensAt }: WindowNote, at: string): string {
  const inMs = elapsedMs(at, opensAt);
  return inMs === 0 ? `${window}, open now` : `${window}, opens ${opens} (in ${formatDuration(inMs)})`;
}

/** When a follower's copy begins and its swap happens, where the configuration says so. */
export function windowTexts(
  { windows, madeAt }: Plan,
  { target }: FollowerPlan,
): [label: string, text: string][] {
  if (target.remedy !== 'copy' || windows === undefined) return [];
  const { copy, swap } = windows;
  const texts: [string, string][] = [];
  if (copy !== undefined) texts.push(['Copy begins', `within ${windowWords(copy, madeAt)}`]);
  if (swap !== undefined) texts.push(['Swap', `within ${swap.window}`]);
  return texts;
}

export const waitsForWindow = (wait: WindowWait, at: string): string =>
  `the ${wait.what} waits for the window ${windowWords(wait, at)}`;

const SOONER = {
  copy: 'To have it sooner, take `copy.beginWindow` out of the configuration; the gates are asked again:',
  swap: 'To have it sooner, take `approval.swap: window` out of the configuration; the copy is kept, the gates are asked again:',
} as const;

/** Under the steps of a branch that waits, with the honest way to have it sooner. */
export function windowLines({ window }: BranchState, cluster: string, at: string, style: Style): string[] {
  if (window === undefined) return [];
  const { yellow, cyan } = paint(style);
  const text = waitsForWindow(window, at);
  return [
    ...labelled('', `${text.charAt(0).toUpperCase()}${text.slice(1)}.`, style, 0, 2).map((line) =>
      yellow(line),
    ),
    ...labelled('', SOONER[window.what], style, 0, 2),
    cyan(`    runbook resume ${cluster} --config FILE`),
  ];
}
