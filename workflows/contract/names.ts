/** Task queue used when the config names none. */
export const DEFAULT_TASK_QUEUE = 'pg-replication-runbook';

/**
 * Version of the workflow code. It stands in every run's memo; a worker of another
 * version must not replay the run, so every command compares it first.
 */
export const WORKFLOW_VERSION = 5;

export const WORKFLOW_TYPES = {
  setUpReplication: 'setUpReplication',
  planReplication: 'planReplication',
  undoReplacement: 'undoReplacement',
  purgeReplaced: 'purgeReplaced',
  readReport: 'readReport',
} as const;

/** The types that take the cluster's one id, so that the server keeps them apart. */
export const RUN_TYPES: readonly string[] = [
  WORKFLOW_TYPES.setUpReplication,
  WORKFLOW_TYPES.undoReplacement,
  WORKFLOW_TYPES.purgeReplaced,
];

/** One open run per cluster: Temporal itself excludes a second one. */
export const runWorkflowId = (cluster: string): string => `replication/${cluster}`;

export const reportWorkflowId = (cluster: string, unique: string): string => `report/${cluster}/${unique}`;

export const planWorkflowId = (cluster: string, unique: string): string => `plan/${cluster}/${unique}`;
