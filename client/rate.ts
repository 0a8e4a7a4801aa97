import type { ProgressView, RunView } from './run-view.js';

/** Adds the remaining time to each copy, and a first rate where its worker had nothing to compare with yet. */
export const withRates = (view: RunView): RunView => ({
  ...view,
  progress: Object.fromEntries(
    Object.entries(view.progress).map(([follower, progress]) => [
      follower,
      rated(progress, view.followers[follower]?.steps),
    ]),
  ),
});

type Steps = RunView['followers'][string]['steps'] | undefined;

function rated(progress: ProgressView, steps: Steps): ProgressView {
  if (progress.phase !== 'copying') return progress;
  const rate = progress.bytesPerSecond ?? sinceStart(progress, steps);
  if (rate === undefined) return progress;
  const left = Math.max(0, progress.bytesTotal - progress.bytesDone);
  const eta = rate > 0 && progress.bytesTotal > 0 ? { etaSeconds: Math.ceil(left / rate) } : {};
  return { ...progress, bytesPerSecond: Math.round(rate), ...eta };
}

function sinceStart({ at, bytesDone }: ProgressView, steps: Steps): number | undefined {
  const startedAt = steps?.find(({ id }) => id === 'takeBaseBackup')?.startedAt;
  const ms = startedAt === undefined ? 0 : Date.parse(at) - Date.parse(startedAt);
  return ms < 1_000 ? undefined : (bytesDone / ms) * 1000;
}
