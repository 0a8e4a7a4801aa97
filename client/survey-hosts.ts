import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { planWorkflowId, WORKFLOW_TYPES } from '../workflows/contract/names.js';
import type { Plan } from '../workflows/contract/plan.js';
import type { LoadedConfig } from './config/load-config.js';
import { commandFailure } from './failure.js';
import type { CommandIo } from './io.js';
import { pause, unlessAborted } from './pause.js';
import { printableDeep } from './render/printable.js';
import { QUERY_DEADLINE_MS } from './runs.js';
import { runInput } from './start-run.js';
import type { Target } from './target.js';
import { withHints } from './with-hints.js';

/**
 * Looks at the hosts, read only, and returns the plan a run would ask to approve; undefined after Ctrl-C.
 * No gate opens. @throws WORKER_ABSENT, and whatever kept the survey from looking at all
 */
export async function surveyHosts(
  { link, cluster, config }: Target & { config: LoadedConfig },
  requester: string,
  io: CommandIo,
): Promise<Plan | undefined> {
  const handle = await link.client.workflow.start(WORKFLOW_TYPES.planReplication, {
    taskQueue: link.taskQueue,
    workflowId: planWorkflowId(cluster, randomUUID()),
    args: [runInput(link, config, requester)],
    staticSummary: `Plan for ${cluster}`,
  });
  io.note(`${cluster}: looking at the hosts; nothing is changed`);
  const plan = await resultOf<Plan>(handle, io);
  return plan === undefined ? undefined : withHints(printableDeep(plan));
}

/**
 * What a workflow answers that somebody waits for; undefined after Ctrl-C. One nobody waits for any more is ended: it would
 * only hold connections to hosts. @throws WORKER_ABSENT
 */
export async function resultOf<T>(handle: WorkflowHandle, io: CommandIo): Promise<T | undefined> {
  const done = new AbortController();
  const result: Promise<unknown> = handle.result().finally(() => {
    done.abort();
  });
  try {
    const taken: Promise<unknown> = Promise.race([result, neverTaken(handle, done.signal)]);
    const answer = await unlessAborted(taken, io.interrupted);
    if (answer !== undefined) return answer as T;
    await handle.terminate('interrupted');
    return undefined;
  } catch (error) {
    if (!done.signal.aborted) await handle.terminate('no worker');
    throw error;
  } finally {
    done.abort();
    result.catch(() => undefined);
  }
}

/** Throws when nobody has taken up the workflow in time; never returns otherwise. */
async function neverTaken(handle: WorkflowHandle, done: AbortSignal): Promise<never> {
  await pause(QUERY_DEADLINE_MS, done);
  if (!done.aborted) {
    const { pendingWorkflowTask, pendingActivities } = (await handle.describe()).raw;
    const waits =
      pendingWorkflowTask != null ||
      pendingActivities?.some(({ lastStartedTime }) => lastStartedTime == null);
    if (waits === true)
      throw commandFailure('WORKER_ABSENT', 'no worker has taken it up within five seconds');
  }
  return new Promise(() => undefined);
}
