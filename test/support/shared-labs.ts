import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { labCommand } from '../../lab/lab-exec.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Homes of the labs the tests of the runbook share, one for each worker; see test/lab/support/shared-lab.ts. */
    labHomes: string[];
  }
}

const run = promisify(execFile);

/** For each worker a leader with a sample of 30 MB and one follower. Their runbook.yaml lies beside the home. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Some tests start programs of their own, which no set-up compiles.
  await run(process.execPath, [
    join(project.vitest.config.root, 'node_modules/typescript/bin/tsc'),
    '-b',
    'test',
  ]);
  const directory = mkdtempSync(join(tmpdir(), 'runbook-test-labs-'));
  const homes = Array.from({ length: project.vitest.config.maxWorkers }, (_, index) =>
    join(directory, String(index + 1), 'lab'),
  );
  const destroy = async (): Promise<void> => {
    await Promise.all(homes.map((home) => labCommand(home, ['destroy'])));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(homes.map(bringUp));
  } catch (error) {
    await destroy();
    throw error;
  }
  project.provide('labHomes', homes);
  return destroy;
}

async function bringUp(home: string): Promise<void> {
  const cwd = dirname(home);
  await mkdir(cwd, { recursive: true });
  const up = await labCommand(home, ['up', '--hosts', 'leader,follower1', '--sample', '30MB'], { cwd });
  if (up.code !== 0) throw new Error(up.stderr);
}
