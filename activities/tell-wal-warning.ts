import { formatBytes } from '../planning/format.js';
import { walState } from '../planning/wal-budget.js';
import type { CopyProgress, StepInput } from '../workflows/contract/activities.js';
import { sendNotification } from './send-notification.js';
import type { StepContext } from './step.js';

/**
 * Tells once a job that the WAL it holds back on the leader is half of what it may; answers with the progress that
 * remembers it, for whoever attaches next. Only the watch of the copy knows; the run's own state does not.
 */
export async function tellWalWarning(
  { config, claimant, leader, follower }: StepInput,
  { signal }: StepContext,
  progress: CopyProgress,
): Promise<CopyProgress> {
  const { wal } = progress;
  if (config.notify === undefined || progress.walTold === true) return progress;
  if (wal === undefined || walState(wal) !== 'warning') return progress;
  const { cluster } = config;
  const held = `${formatBytes(wal.retainedBytes)} of ${formatBytes(wal.budgetBytes ?? 0)}`;
  await sendNotification(
    config.notify,
    {
      event: 'wal-warning',
      cluster,
      workflowId: claimant.workflowId,
      at: progress.at,
      branch: follower.name,
      message: `${leader.name}: the copy of ${follower.name} holds back ${held} of WAL`,
      hint: `runbook watch ${cluster}`,
    },
    signal,
  ).catch(() => undefined); // the copy goes on, and `watch` shows it
  return { ...progress, walTold: true };
}
