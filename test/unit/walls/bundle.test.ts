import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WORKFLOW_TYPES } from '../../../workflows/contract/names.js';

const logged: string[] = [];
const logger = new DefaultLogger('ERROR', ({ message }) => logged.push(message));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'runbook-bundle-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

it('the workflows can be bundled, and every workflow type is in the bundle', async () => {
  const workflowsPath = resolve(import.meta.dirname, '../../../workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  for (const type of Object.values(WORKFLOW_TYPES)) expect(code).toContain(type);
});

it('a workflow that reads a file cannot', async () => {
  const workflowsPath = join(directory, 'workflow.ts');
  writeFileSync(
    workflowsPath,
    "import { readFileSync } from 'node:fs';\nexport const run = async () => readFileSync('x');\n",
  );
  await expect(bundleWorkflowCode({ workflowsPath, logger })).rejects.toThrow('Webpack finished with errors');
  expect(logged.join('\n')).toContain('node:fs');
});
