import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

/** The real configuration without type information: the files below exist in no project. */
const eslint = new ESLint({
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { languageOptions: { parserOptions: { projectService: false } } },
  ],
});

const WALL = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

async function complaints(filePath: string, text: string, rule: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath });
  const messages = result?.messages ?? [];
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId === rule).map(({ message }) => message);
}

const importOf = (specifier: string): string => `import { x } from '${specifier}';\nexport const y = x;\n`;

describe('imports that a wall stops', () => {
  it.each([
    ['workflows/contract/x.ts', '../step.js'],
    ['workflows/contract/x.ts', '../../planning/shell-quote.js'],
    ['workflows/contract/x.ts', 'node:crypto'],
    ['workflows/contract/x.ts', 'zod'],
    ['workflows/contract/x.ts', '@temporalio/client'],
    ['workflows/contract/x.ts', '@temporalio/workflow'],
    ['planning/x.ts', 'node:path'],
    ['planning/commands/x.ts', '../../activities/failures.js'],
    ['planning/x.ts', '../workflows/step.js'],
    ['planning/x.ts', '@temporalio/common'],
    ['workflows/x.ts', 'node:fs'],
    ['workflows/x.ts', 'pg'],
    ['workflows/x.ts', '@temporalio/activity'],
    ['workflows/x.ts', '@temporalio/worker'],
    ['workflows/x.ts', '../activities/failures.js'],
    ['workflows/x.ts', '../planning/shell-quote.js'],
    ['activities/x.ts', '../client/failure.js'],
    ['activities/steps/x.ts', '../../worker/up.js'],
    ['activities/x.ts', '../workflows/step.js'],
    ['activities/x.ts', '@temporalio/workflow'],
    ['activities/steps/x.ts', 'pg'],
    ['activities/steps/x.ts', 'ssh2'],
    ['activities/ssh/x.ts', 'pg'],
    ['activities/postgres/x.ts', 'ssh2'],
    ['client/x.ts', '../activities/failures.js'],
    ['client/commands/x.ts', '../../worker/up.js'],
    ['client/x.ts', '../server/start-server.js'],
    ['client/x.ts', '../workflows/step.js'],
    ['client/x.ts', '@temporalio/worker'],
    ['client/x.ts', 'ssh2'],
    ['worker/x.ts', '../client/failure.js'],
    ['worker/x.ts', '../workflows/index.js'],
    ['worker/x.ts', '@temporalio/client'],
    ['server/x.ts', '../worker/up.js'],
    ['server/x.ts', '@temporalio/client'],
    ['server/x.mjs', 'yaml'],
    ['lab/x.ts', '../client/failure.js'],
    ['lab/x.ts', '@temporalio/client'],
    ['bin/x.ts', '../worker/up.js'],
    ['bin/x.ts', '@temporalio/client'],
  ])('%s may not import %s', async (file, specifier) => {
    expect(await complaints(file, importOf(specifier), WALL)).toHaveLength(1);
  });
});

describe('imports that the walls let through', () => {
  it.each([
    ['workflows/contract/x.ts', './codes.js'],
    ['planning/commands/x.ts', '../shell-quote.js'],
    ['planning/x.ts', '../workflows/contract/plan.js'],
    ['workflows/x.ts', './contract/plan.js'],
    ['workflows/x.ts', '@temporalio/workflow'],
    ['activities/steps/x.ts', '../../planning/shell-quote.js'],
    ['activities/steps/x.ts', '../../workflows/contract/plan.js'],
    ['activities/x.ts', '@temporalio/activity'],
    ['activities/ssh/x.ts', 'ssh2'],
    ['activities/postgres/x.ts', 'pg'],
    ['client/x.ts', '../server/server-json.js'],
    ['client/x.ts', '../planning/format.js'],
    ['client/commands/x.ts', '@temporalio/client'],
    ['worker/x.ts', '../server/start-server.js'],
    ['worker/x.ts', '../activities/failures.js'],
    ['server/x.ts', 'node:fs'],
    ['test/unit/x.ts', '../../activities/failures.js'],
  ])('%s may import %s', async (file, specifier) => {
    expect(await complaints(file, importOf(specifier), WALL)).toEqual([]);
  });

  it('lets the contract take define… from @temporalio/workflow', async () => {
    const text = "import { defineQuery } from '@temporalio/workflow';\nexport const q = defineQuery('q');\n";
    expect(await complaints('workflows/contract/x.ts', text, WALL)).toEqual([]);
  });
});

describe('workflow code that would not replay', () => {
  it.each([
    ['an async validator', 'setHandler(u, h, { validator: async () => { await check(); } });'],
    ['module state', 'let count = 0;'],
    ['exported module state', 'export let count = 0;'],
    ['the locale', 'export const text = (at: Date) => at.toLocaleString();'],
    ['a dynamic import', "export const load = () => import('./step.js');"],
    ['a default export', 'export default function x() {}'],
  ])('%s is an error', async (_what, text) => {
    expect(await complaints('workflows/x.ts', text, SYNTAX)).toHaveLength(1);
  });

  it('lets a synchronous validator through', async () => {
    const text = 'setHandler(u, async () => {}, { validator: () => { check(); } });';
    expect(await complaints('workflows/x.ts', text, SYNTAX)).toEqual([]);
  });
});

it.each(['no-misused-promises', 'no-floating-promises'])('%s is an error in the ssh layer', async (rule) => {
  // Without it a host key check that returns a promise would accept every key.
  const config = (await eslint.calculateConfigForFile('activities/ssh/x.ts')) as { rules: object };
  const real = (await new ESLint().calculateConfigForFile('activities/ssh/x.ts')) as {
    rules: Record<string, [number]>;
  };
  expect(config.rules).toHaveProperty([WALL]);
  expect(real.rules[`@typescript-eslint/${rule}`]?.[0]).toBe(2);
});
