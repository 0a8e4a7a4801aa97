import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { planWorkflowId, WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import { blockersOf } from '../../workflows/contract/plan.js';
import type { Plan } from '../../workflows/contract/plan.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { pause, unlessAborted } from '../pause.js';
import { renderPlan } from '../render/plan.js';
import { printableDeep } from '../render/printable.js';
import { QUERY_DEADLINE_MS } from '../runs.js';
import { runInput } from '../start-run.js';
import { actor, withConfig } from '../target.js';

/** Surveys the hosts and prints what a run would do. Nothing is changed, no gate opens. */
export const runPlan = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, async ({ link, cluster, config }) => {
    const handle = await link.client.workflow.start(WORKFLOW_TYPES.planReplication, {
      taskQueue: link.taskQueue,
      workflowId: planWorkflowId(cluster, randomUUID()),
      args: [runInput(link, config, actor(options, io))],
      staticSummary: `Plan for ${cluster}`,
    });
    io.note(`${cluster}: looking at the hosts; nothing is changed`);
    const plan = await resultOf(handle, io);
    if (plan === undefined) return EXIT.interrupted;
    if (options.json) printJson(io, { plans: [plan] });
    else io.print(renderPlan(plan, io.style));
    return blockersOf(plan).length > 0 ? EXIT.waiting : EXIT.ok;
  });

/** Undefined after Ctrl-C. A survey nobody waits for any more is ended: it would only hold connections to hosts. */
async function resultOf(handle: WorkflowHandle, io: CommandIo): Promise<Plan | undefined> {
  const done = new AbortController();
  const result: Promise<unknown> = handle.result().finally(() => {
    done.abort();
  });
  try {
    const taken: Promise<unknown> = Promise.race([result, neverTaken(handle, done.signal)]);
    const plan = await unlessAborted(taken, io.interrupted);
    if (plan !== undefined) return printableDeep(plan as Plan);
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
      throw commandFailure('WORKER_ABSENT', 'no worker has taken up the survey within five seconds');
  }
  return new Promise(() => undefined);
}
