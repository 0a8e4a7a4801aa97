import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { workflowCode } from '../../../worker/workflow-code.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

function project(files: Record<string, number>): string {
  const root = temporaryDirectory();
  for (const [path, seconds] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
    utimesSync(join(root, path), seconds, seconds);
  }
  return root;
}

it('takes the bundle when no source is newer', () => {
  const root = project({
    'dist/workflow-bundle.js': 200,
    'workflows/index.ts': 100,
    'workflows/contract/a.ts': 200,
  });
  expect(workflowCode(root)).toEqual({ workflowBundle: { codePath: join(root, 'dist/workflow-bundle.js') } });
});

it('takes the sources when one of them is newer, or there is no bundle', () => {
  const stale = project({
    'dist/workflow-bundle.js': 200,
    'workflows/index.ts': 100,
    'workflows/contract/a.ts': 201,
  });
  expect(workflowCode(stale)).toEqual({ workflowsPath: join(stale, 'workflows/index.ts') });
  const none = project({ 'workflows/index.ts': 100 });
  expect(workflowCode(none)).toEqual({ workflowsPath: join(none, 'workflows/index.ts') });
});

it('takes the bundle where there are no sources', () => {
  const root = project({ 'dist/workflow-bundle.js': 200 });
  expect(workflowCode(root)).toHaveProperty('workflowBundle');
});
