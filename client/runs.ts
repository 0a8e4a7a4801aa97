import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import type { RunMemo } from '../workflows/contract/input.js';
import { planQuery, runStateQuery } from '../workflows/contract/messages.js';
import { RUN_TYPES, runWorkflowId, WORKFLOW_TYPES, WORKFLOW_VERSION } from '../workflows/contract/names.js';
import type { Plan } from '../workflows/contract/plan.js';
import type { RunState } from '../workflows/contract/run-state.js';
import type { TemporalLink } from './connection.js';
import { commandFailure } from './failure.js';
import { printableDeep } from './render/printable.js';
import { isNoAnswer, isNobodyPolling } from './temporal-errors.js';
import { withHints } from './with-hints.js';

/** How long a worker has to answer a question about its run. */
export const QUERY_DEADLINE_MS = 5_000;

export interface RunDescription {
  handle: WorkflowHandle;
  workflowId: string;
  runId: string;
  /** Temporal's name: RUNNING, COMPLETED, TERMINATED … */
  status: string;
  type: string;
  memo: RunMemo | undefined;
  startedAt: string;
  closedAt: string | undefined;
  raw: WorkflowExecutionDescription['raw'];
}

/** Needs the server only. @throws RUN_NOT_FOUND */
export async function describeRun(link: TemporalLink, cluster: string): Promise<RunDescription> {
  const workflowId = runWorkflowId(cluster);
  try {
    const description = await link.client.workflow.getHandle(workflowId).describe();
    const { runId, status, type, memo, startTime, closeTime, raw } = description;
    return {
      // Bound to this run: should another one begin meanwhile, nothing meant for this one reaches it.
      handle: link.client.workflow.getHandle(workflowId, runId),
      workflowId,
      runId,
      status: status.name,
      type,
      memo: runMemo(memo),
      startedAt: startTime.toISOString(),
      closedAt: closeTime?.toISOString(),
      raw,
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw commandFailure('RUN_NOT_FOUND', `there is no run for cluster "${cluster}" at ${link.address}`, {
      cause: error,
    });
  }
}

/** Whether a run of any cluster is open; needs the server only. */
export async function isRunning(link: TemporalLink, workflowId: string): Promise<boolean> {
  try {
    return (await link.client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Undefined when no worker answers within the deadline. */
export const queryRunState = (link: TemporalLink, run: RunDescription): Promise<RunState | undefined> =>
  unlessAbsent(link, () => run.handle.query(runStateQuery));

export async function queryPlan(link: TemporalLink, run: RunDescription): Promise<Plan | undefined> {
  const plan = await unlessAbsent(link, () => run.handle.query(planQuery));
  return plan === undefined ? undefined : withHints(plan);
}

async function unlessAbsent<T>(link: TemporalLink, query: () => Promise<T>): Promise<T | undefined> {
  try {
    return printableDeep(await link.client.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, query));
  } catch (error) {
    if (isNoAnswer(error) || isNobodyPolling(error)) return undefined;
    throw error;
  }
}

/** The final state of a run that completed; readable with no worker. */
export const runResult = async (run: RunDescription): Promise<RunState> =>
  printableDeep((await run.handle.result()) as RunState);

/** Names of the clusters with an open run: a set-up, an undo or a purge. */
export async function openClusters(link: TemporalLink): Promise<string[]> {
  const types = RUN_TYPES.map((type) => `'${type}'`).join(', ');
  const query = `WorkflowType IN (${types}) AND ExecutionStatus = 'Running'`;
  const prefix = runWorkflowId('');
  const found: string[] = [];
  for await (const { workflowId } of link.client.workflow.list({ query })) {
    if (workflowId.startsWith(prefix)) found.push(printableDeep(workflowId.slice(prefix.length)));
  }
  return found.sort();
}

/** An open run of our type, of this version, whose own code does not fail. @throws what it is instead */
export function requireOpenRun(run: RunDescription, cluster: string): void {
  if (!RUN_TYPES.includes(run.type)) throw otherRun(run, cluster);
  if (run.status !== 'RUNNING') {
    throw commandFailure(
      'RUN_CLOSED',
      `the run of cluster "${cluster}" has ended (${run.status.toLowerCase()})`,
    );
  }
  const problem = versionProblem(run) ?? stuckProblem(run);
  if (problem !== undefined) throw problem;
}

export const otherRun = (run: RunDescription, cluster: string): Error =>
  commandFailure('RUN_OPEN', `${wordsFor(run.type)} is open for cluster "${cluster}"`);

const wordsFor = (type: string): string => RUN_WORDS[type] ?? `a run of another kind (${type})`;

const RUN_WORDS: Record<string, string> = {
  [WORKFLOW_TYPES.setUpReplication]: 'a run that sets replication up',
  [WORKFLOW_TYPES.undoReplacement]: 'an undo',
  [WORKFLOW_TYPES.purgeReplaced]: 'a purge',
};

export function versionProblem(run: RunDescription): Error | undefined {
  const version = run.memo?.workflowVersion;
  if (version === undefined || version === WORKFLOW_VERSION || run.status !== 'RUNNING') return undefined;
  return commandFailure(
    'RUN_FROM_OTHER_VERSION',
    `the run was started by version ${String(version)} of the runbook's steps; this program has version ${String(WORKFLOW_VERSION)}`,
  );
}

export function stuckProblem(run: RunDescription): Error | undefined {
  const attempt = run.raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt <= 1) return undefined;
  return commandFailure(
    'RUN_STUCK',
    `the run's own code has failed ${String(attempt - 1)} times in a row on the worker`,
  );
}

/** The server drops an empty list from a memo, so one that needs nobody has no `needs` at all. */
export function runMemo(memo: Record<string, unknown> | undefined): RunMemo | undefined {
  if (memo?.['version'] !== 1 || typeof memo['configDigest'] !== 'string') return undefined;
  return printableDeep({ needs: [], ...memo } as unknown as RunMemo);
}
