import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundling takes a second and more; a worker that starts in the middle of a run should not pay it. */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'workflows', 'index.ts'),
  logger: new DefaultLogger('WARN'),
});
const target = join(root, 'dist', 'workflow-bundle.js');
writeFileSync(`${target}.${process.pid}`, code);
renameSync(`${target}.${process.pid}`, target);
