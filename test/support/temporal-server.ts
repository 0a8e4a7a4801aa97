import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { startServer } from '../../server/start-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of the server all workflow tests share; its namespace is `default`. */
    temporalAddress: string;
    /** File with the workflows, bundled from their sources: that takes seconds of a core. */
    workflowBundle: string;
  }
}

/**
 * One development server and one bundle for all workflow tests: `inject('temporalAddress')`. Each test takes a task
 * queue and workflow ids of its own. A server that is named by TEMPORAL_ADDRESS is used instead.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'runbook-test-server-'));
  const removeHome = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    project.provide('workflowBundle', await bundleInto(home));
    const elsewhere = process.env['TEMPORAL_ADDRESS'];
    if (elsewhere) {
      project.provide('temporalAddress', elsewhere);
      return removeHome;
    }
    const server = await startServer({ stateHome: home, port: 0, log: console.log });
    project.provide('temporalAddress', server.address);
    return async () => {
      await server.stop();
      await removeHome();
    };
  } catch (error) {
    await removeHome();
    throw error;
  }
}

async function bundleInto(directory: string): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const file = join(directory, 'workflow-bundle.js');
  writeFileSync(file, code);
  return file;
}
