import { ActivityFailure, ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { activitiesFor } from './activities.js';
import type { PlanReplicationInput } from './contract/input.js';
import { runWorkflowId } from './contract/names.js';
import type { Plan } from './contract/plan.js';
import { decodeFailure } from './decode-failure.js';
import { newOperationId } from './run.js';

/** Surveys the hosts, read only, and returns the plan a run would ask to approve. */
export async function planReplication(input: PlanReplicationInput): Promise<Plan> {
  const { config, server, requester, timings } = input;
  try {
    return await activitiesFor(timings).survey('plan', {
      config,
      // As the cluster's run would ask: its own open operation is no other run's claim.
      claimant: {
        workflowId: runWorkflowId(config.cluster),
        runId: workflowInfo().runId,
        server,
        requester,
      },
      ops: Object.fromEntries(config.followers.map(({ name }) => [name, newOperationId()])),
      leaderOp: newOperationId(),
      addresses: Object.fromEntries(config.followers.map(({ name, address }) => [name, address ?? ''])),
    });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const decoded = decodeFailure(error);
    const { code, message } = decoded.problem;
    throw ApplicationFailure.create({ type: code, message, details: [decoded], nonRetryable: true });
  }
}
