import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startServer } from '../../server/start-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of the server all workflow tests share; its namespace is `default`. */
    temporalAddress: string;
  }
}

/**
 * One development server for all workflow tests: `inject('temporalAddress')`. Each test takes a task
 * queue and workflow ids of its own. A server that is named by TEMPORAL_ADDRESS is used instead.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const elsewhere = process.env['TEMPORAL_ADDRESS'];
  if (elsewhere) {
    project.provide('temporalAddress', elsewhere);
    return () => Promise.resolve();
  }
  const home = mkdtempSync(join(tmpdir(), 'runbook-test-server-'));
  try {
    const server = await startServer({ stateHome: home, port: 0, log: console.log });
    project.provide('temporalAddress', server.address);
    return async () => {
      await server.stop();
      rmSync(home, { recursive: true });
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}
