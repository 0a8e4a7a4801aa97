import { lsnDiff } from '../planning/postgres/lsn.js';
import type { CopyProgress } from '../workflows/contract/activities.js';
import type { Replayed } from './await-replay.js';
import type { StepContext } from './step.js';

/** What a step tells that waits for replay: bytes of WAL. `job` tells it from the progress of anything before it. */
export const replayProgress = (job: string, bytesDone: number, bytesTotal: number): CopyProgress => ({
  phase: 'replaying',
  bytesDone,
  bytesTotal,
  at: new Date().toISOString(),
  job,
});

/** How far it has come from where it began to the marker. */
export function tellReplay(context: StepContext, job: string, marker: string): (seen: Replayed) => void {
  let first: string | undefined;
  return ({ replay }) => {
    if (replay === null) return;
    first ??= replay;
    context.progress(replayProgress(job, Number(lsnDiff(replay, first)), Number(lsnDiff(marker, first))));
  };
}
