import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { notificationOf } from './contract/notification.js';
import type { RunEvent } from './contract/run-events.js';
import type { Run } from './run.js';

/** How long the end of a run waits for what is still being told; ms. */
const LAST_WORDS_MS = 15_000;

/** Tells whoever the configuration names, beside the run: nothing waits for it, and nothing fails with it. */
export function notify(run: Run, event: RunEvent): void {
  const { notify: to } = run.input.config;
  if (to === undefined) return;
  const at = new Date().toISOString();
  const { workflowId } = workflowInfo();
  const notification = notificationOf(run.state, event, { workflowId, at });
  if (notification === undefined) return;
  run.telling += 1;
  CancellationScope.nonCancellable(() => run.activities.notify({ to, notification }))
    .catch(() => undefined) // the worker's log has why
    .finally(() => {
      run.telling -= 1;
    });
}

/** Before the run ends; what takes longer is given up. */
export async function lastWords(run: Run): Promise<void> {
  if (run.telling > 0)
    await CancellationScope.nonCancellable(() => condition(() => run.telling === 0, LAST_WORDS_MS));
}
