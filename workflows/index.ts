/** Whatever is exported here is a workflow: names as in the contract's WORKFLOW_TYPES, nothing else. */
export { planReplication } from './plan-replication.js';
export { purgeReplaced } from './purge-replaced.js';
export { readReport } from './read-report.js';
export { setUpReplication } from './set-up-replication.js';
export { undoReplacement } from './undo-replacement.js';
