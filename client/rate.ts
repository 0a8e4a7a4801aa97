import type { ProgressView, RunView } from './run-view.js';

interface Sample {
  job: string;
  at: number;
  bytes: number;
}

/** Long enough that one slow second does not make the ETA jump. */
const WINDOW_MS = 15_000;

/** Adds rate and remaining time to each copy, from what the looks before have seen. */
export function createRateMeter(): (view: RunView) => RunView {
  const samples = new Map<string, Sample[]>();
  return (view) => ({
    ...view,
    progress: Object.fromEntries(
      Object.entries(view.progress).map(([follower, progress]) => {
        const at = Date.parse(progress.at);
        const kept = (samples.get(follower) ?? []).filter(
          (sample) => sample.job === progress.job && sample.at > at - WINDOW_MS && sample.at < at,
        );
        kept.push({ job: progress.job, at, bytes: progress.bytesDone });
        samples.set(follower, kept);
        return [follower, rated(progress, kept[0], view.followers[follower]?.steps)];
      }),
    ),
  });
}

type Steps = RunView['followers'][string]['steps'] | undefined;

function rated(progress: ProgressView, oldest: Sample | undefined, steps: Steps): ProgressView {
  const rate = measured(progress, oldest) ?? sinceStart(progress, steps);
  if (rate === undefined || rate <= 0 || progress.phase !== 'copying') return progress;
  const left = Math.max(0, progress.bytesTotal - progress.bytesDone);
  return { ...progress, bytesPerSecond: Math.round(rate), etaSeconds: Math.ceil(left / rate) };
}

function measured({ at, bytesDone }: ProgressView, oldest: Sample | undefined): number | undefined {
  const ms = oldest === undefined ? 0 : Date.parse(at) - oldest.at;
  return oldest === undefined || ms < 1_000 ? undefined : ((bytesDone - oldest.bytes) / ms) * 1000;
}

/** A first look has nothing to compare with but the step's own beginning. */
function sinceStart({ at, bytesDone }: ProgressView, steps: Steps): number | undefined {
  const startedAt = steps?.find(({ id }) => id === 'takeBaseBackup')?.startedAt;
  const ms = startedAt === undefined ? 0 : Date.parse(at) - Date.parse(startedAt);
  return ms < 1_000 ? undefined : (bytesDone / ms) * 1000;
}
