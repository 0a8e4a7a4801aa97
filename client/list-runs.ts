import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { RunMemo } from '../workflows/contract/input.js';
import { RUN_TYPES, runWorkflowId, WORKFLOW_TYPES } from '../workflows/contract/names.js';
import type { TemporalLink } from './connection.js';
import { printableDeep } from './render/printable.js';
import { runMemo } from './runs.js';

/** A run as the server itself knows it; `list --json` prints it as it is. */
export interface ListedRun {
  cluster: string;
  kind: 'set-up' | 'undo' | 'purge';
  runId: string;
  /** Temporal's own: RUNNING, COMPLETED, TERMINATED … */
  status: string;
  phase?: string;
  /** Once it has ended by itself. */
  outcome?: string;
  /** What it waits for, e.g. `approve wipe-follower/follower1`. */
  needs: string[];
  /** ISO times. */
  startedAt: string;
  endedAt?: string;
}

/** Of every cluster the open run, or else the last one that ended; with `all` every run the server still has. Needs no worker. */
export async function listRuns(link: TemporalLink, { all }: { all: boolean }): Promise<ListedRun[]> {
  const types = RUN_TYPES.map((type) => `'${type}'`).join(', ');
  const prefix = runWorkflowId('');
  const runs: ListedRun[] = [];
  for await (const info of link.client.workflow.list({ query: `WorkflowType IN (${types})` }))
    if (info.workflowId.startsWith(prefix)) runs.push(listed(info, prefix));
  const isOpen = ({ status }: ListedRun): boolean => status === 'RUNNING';
  runs.sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || (a.startedAt < b.startedAt ? 1 : -1));
  return all
    ? runs
    : runs.filter((run, index) => runs.findIndex(({ cluster }) => cluster === run.cluster) === index);
}

function listed(info: WorkflowExecutionInfo, prefix: string): ListedRun {
  const memo: RunMemo | undefined = runMemo(info.memo);
  const isOpen = info.status.name === 'RUNNING';
  return printableDeep({
    cluster: info.workflowId.slice(prefix.length),
    kind: KINDS[info.type] ?? 'set-up',
    runId: info.runId,
    status: info.status.name,
    ...(memo === undefined ? {} : { phase: memo.phase }),
    ...(memo?.outcome === undefined ? {} : { outcome: memo.outcome }),
    needs: isOpen ? (memo?.needs ?? []) : [],
    startedAt: info.startTime.toISOString(),
    ...(info.closeTime === undefined ? {} : { endedAt: info.closeTime.toISOString() }),
  });
}

const KINDS: Record<string, ListedRun['kind']> = {
  [WORKFLOW_TYPES.undoReplacement]: 'undo',
  [WORKFLOW_TYPES.purgeReplaced]: 'purge',
};
