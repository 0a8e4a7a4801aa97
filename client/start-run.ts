import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DEFAULT_TIMINGS } from '../workflows/contract/input.js';
import type { RunMemo, RunTimings, SetUpReplicationInput } from '../workflows/contract/input.js';
import { runWorkflowId, WORKFLOW_TYPES, WORKFLOW_VERSION } from '../workflows/contract/names.js';
import type { ReversalKind } from '../workflows/contract/target.js';
import type { LoadedConfig } from './config/load-config.js';
import type { TemporalLink } from './connection.js';
import { commandFailure } from './failure.js';
import { describeRun, otherRun, versionProblem } from './runs.js';

export interface StartedRun {
  workflowId: string;
  /** The run was open already, with this very configuration. */
  attached: boolean;
}

/**
 * Starts the run, or finds the same one open; `kind`: an undo or a purge.
 * @throws RUN_OPEN, RUN_OPEN_WITH_OTHER_CONFIG, RUN_FROM_OTHER_VERSION
 */
export async function startRun(
  link: TemporalLink,
  loaded: LoadedConfig,
  requester: string,
  { kind, timings = DEFAULT_TIMINGS }: { kind?: ReversalKind; timings?: RunTimings } = {},
): Promise<StartedRun> {
  const { cluster } = loaded.config;
  const type = typeOf(kind);
  const workflowId = runWorkflowId(cluster);
  const memo: RunMemo = {
    version: 1,
    workflowVersion: WORKFLOW_VERSION,
    cluster,
    configDigest: loaded.digest,
    phase: 'planning',
    needs: [],
  };
  try {
    await link.client.workflow.start(type, {
      taskQueue: link.taskQueue,
      workflowId,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      // USE_EXISTING would also hand over an open workflow of another type on this id.
      workflowIdConflictPolicy: 'FAIL',
      args: [{ ...runInput(link, loaded, requester), timings, ...(kind === undefined ? {} : { kind }) }],
      memo: { ...memo },
      staticSummary: `${SUMMARIES[kind ?? 'set-up']} of ${cluster}, started by ${requester}`,
    });
    return { workflowId, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await requireSame(link, loaded, type);
    return { workflowId, attached: true };
  }
}

const typeOf = (kind: ReversalKind | undefined): string =>
  kind === undefined
    ? WORKFLOW_TYPES.setUpReplication
    : kind === 'undo'
      ? WORKFLOW_TYPES.undoReplacement
      : WORKFLOW_TYPES.purgeReplaced;

const SUMMARIES = { 'set-up': 'Replication', undo: 'Undo', purge: 'Purge' } as const;

export const runInput = (
  link: TemporalLink,
  loaded: LoadedConfig,
  requester: string,
): SetUpReplicationInput => ({
  config: loaded.config,
  configDigest: loaded.digest,
  requester,
  server: link.server,
  timings: DEFAULT_TIMINGS,
});

async function requireSame(
  link: TemporalLink,
  { config, digest, path }: LoadedConfig,
  type: string,
): Promise<void> {
  const run = await describeRun(link, config.cluster);
  if (run.type !== type) throw otherRun(run, config.cluster);
  const version = versionProblem(run);
  if (version !== undefined) throw version;
  if (run.memo?.configDigest === digest) return;
  throw commandFailure(
    'RUN_OPEN_WITH_OTHER_CONFIG',
    `a run of cluster "${config.cluster}" is open, started with another configuration than ${path}`,
  );
}
