import { percent } from '../../planning/format.js';
import { walState } from '../../planning/wal-budget.js';
import type { ProgressView, RunView } from '../run-view.js';
import { progressFacts } from './progress.js';
import { clock } from './time.js';
import { walFacts } from './wal.js';

export type Event = [at: string, text: string];

/** What a copy has come to between two looks. */
export const progressEvents = (before: RunView | undefined, view: RunView): Event[] => [
  ...phaseEvents(before, view),
  ...standstillEvents(before, view),
  ...walEvents(before, view),
];

/** One line per 10 % of a copy, and one where its phase changes. */
function phaseEvents(before: RunView | undefined, view: RunView): Event[] {
  return Object.entries(view.progress).flatMap(([name, progress]): Event[] => {
    const former = before?.progress[name];
    if (progress.phase === 'copying') {
      const tenth = tenthOf(progress);
      const moved = former?.job !== progress.job || former.phase !== 'copying' || tenthOf(former) !== tenth;
      return moved ? [[progress.at, `${name}: copied ${progressFacts(progress)}`]] : [];
    }
    const same = former?.job === progress.job && former.phase === progress.phase;
    return same ? [] : [[progress.at, `${name}: ${progress.phase}`]];
  });
}

function standstillEvents(before: RunView | undefined, view: RunView): Event[] {
  return Object.entries(view.progress).flatMap(([name, { at, standsStillSince }]): Event[] =>
    standsStillSince === undefined || before?.progress[name]?.standsStillSince === standsStillSince
      ? []
      : [[at, `${name}: the copy has not grown since ${clock(standsStillSince)}`]],
  );
}

/** Where the WAL held back for a copy comes to the half of what the leader may hold. */
function walEvents(before: RunView | undefined, view: RunView): Event[] {
  return Object.entries(view.progress).flatMap(([name, { at, wal }]): Event[] => {
    const former = before?.progress[name]?.wal;
    if (wal === undefined || walState(wal) === 'fine') return [];
    if (former !== undefined && walState(former) !== 'fine') return [];
    return [[at, `${name}: warning: ${walFacts(wal)}`]];
  });
}

const tenthOf = ({ bytesDone, bytesTotal }: ProgressView): number =>
  Math.floor(percent(bytesDone, bytesTotal) / 10);
