import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { labCommand } from '../../lab/lab-exec.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Home of the lab that the tests of the runbook share; each test begins with a reset. */
    labHome: string;
  }
}

/** A leader with a sample of 30 MB and one follower. Its runbook.yaml lies beside the home. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'runbook-test-lab-'));
  const home = join(directory, 'lab');
  const destroy = async (): Promise<void> => {
    await labCommand(home, ['destroy']);
    rmSync(directory, { recursive: true, force: true });
  };
  const up = await labCommand(home, ['up', '--hosts', 'leader,follower1', '--sample', '30MB'], {
    cwd: directory,
  });
  if (up.code !== 0) {
    await destroy();
    throw new Error(up.stderr);
  }
  project.provide('labHome', home);
  return destroy;
}
