import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { projectRoot } from './project-root.js';

/** What Worker.create needs to know about the workflows. */
export type WorkflowCode = { workflowBundle: WorkflowBundleOption } | { workflowsPath: string };

/**
 * The bundle the build made, unless a source is newer: then the worker bundles the sources itself, a
 * second slower, so that nobody debugs code that does not run.
 */
export function workflowCode(root: string = projectRoot()): WorkflowCode {
  const codePath = join(root, 'dist', 'workflow-bundle.js');
  const sources = join(root, 'workflows');
  if (existsSync(codePath) && statSync(codePath).mtimeMs >= newestSource(sources)) {
    return { workflowBundle: { codePath } };
  }
  return { workflowsPath: join(sources, 'index.ts') };
}

/** 0 in an installation without sources. */
function newestSource(directory: string): number {
  if (!existsSync(directory)) return 0;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const times = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => statSync(join(directory, file)).mtimeMs);
  return Math.max(0, ...times);
}
