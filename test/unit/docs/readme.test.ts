import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../../bin/command-table.js';
import { buildProgram, HELP_SHOWN } from '../../../bin/program.js';
import { runbookYaml } from '../../../client/config/schema.js';
import { EXIT } from '../../../client/exit-codes.js';
import { CODES } from '../../../workflows/contract/codes.js';
import { STEPS } from '../../../workflows/contract/steps.js';
import { anchorsOf, linksIn, proseOf, readMarkdown, runbookLines } from './read-markdown.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const PAGES = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];
const pages = PAGES.map((path) => ({ path, ...readMarkdown(readFileSync(join(ROOT, path), 'utf8')) }));
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** What commander says against it; undefined when it is right. Nothing is run. */
function complaint(argv: string[]): string | undefined {
  const program = buildProgram('0', () => undefined);
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: () => undefined });
  try {
    program.parse(argv, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && HELP_SHOWN.includes(error.code)) return undefined;
    return String(error);
  }
}

describe('what the documentation tells people to type', () => {
  const labScript = readFileSync(join(ROOT, 'lab/lab.sh'), 'utf8');
  const labVerbs: readonly string[] =
    /case \$VERB in([\s\S]*?)need_root/.exec(labScript)?.[1]?.match(/[a-z][a-z-]+/g) ?? [];
  const lines = pages.flatMap(({ path, code }) =>
    code.flatMap((text) => runbookLines(text)).map((argv) => ({ path, argv })),
  );

  it('is taken by the command line', () => {
    const wrong = lines.flatMap(({ path, argv }) => {
      const said = complaint(argv);
      return said === undefined ? [] : [`${path}: runbook ${argv.join(' ')}: ${said}`];
    });
    expect(wrong).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
  });

  it('names commands of the lab that exist', () => {
    const used = lines.flatMap(({ argv: [command, verb] }) => (command === 'lab' ? [verb] : []));
    expect(used.filter((verb) => verb !== undefined && !labVerbs.includes(verb))).toEqual([]);
    expect(used.length).toBeGreaterThan(2);
  });

  it('names options that exist', () => {
    const known = new Set([
      ...COMMANDS.flatMap(({ options }) => options.flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? [])),
      '--help',
    ]);
    const wrong = pages.flatMap(({ path, code }) =>
      code
        .filter((text) => text.startsWith('--') && !known.has(text.split(' ')[0] ?? ''))
        .map((text) => `${path}: ${text}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const used = pages.flatMap(({ code }) =>
      code.flatMap((text) => [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name]) => name ?? '')),
    );
    expect(used.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    expect(used.length).toBeGreaterThan(5);
  });

  it('never fetches a package of our name from a registry', () => {
    for (const path of PAGES)
      expect(readFileSync(join(ROOT, path), 'utf8')).not.toMatch(/npx\s+(\S+\s+)?(pg-replication-)?runbook/);
  });

  it('begins with exactly two commands', () => {
    const section = /^## Quick start\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
    const blocks = [...section.matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, text]) => text);
    expect(blocks).toEqual(['npm run demo\nnpm test\n']);
  });
});

describe('docs/json.md', () => {
  const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');

  it('says what each command prints that has --json', () => {
    const rows = [...page.matchAll(/^\| ((?:`[a-z]+`(?:, )?)+) \|/gm)].flatMap(([, names]) =>
      names?.match(/[a-z]+/g),
    );
    const having = COMMANDS.filter(({ options }) => options.some(({ flags }) => flags === '--json'));
    expect(having.map(({ name }) => name).filter((name) => !rows.includes(name))).toEqual([]);
  });

  it('shows JSON that is JSON', () => {
    const blocks = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text]) => text ?? '');
    for (const block of blocks) expect(JSON.parse(block)).toBeTypeOf('object');
    expect(blocks.length).toBeGreaterThan(2);
  });
});

describe('what the documentation names', () => {
  it('by a link is there', () => {
    const broken = PAGES.flatMap((path) =>
      linksIn(readFileSync(join(ROOT, path), 'utf8'))
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const [file = '', anchor] = link.split('#');
          const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
          if (!existsSync(target)) return true;
          return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
        })
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('by a path of the project is there', () => {
    const folders = '(?:workflows|planning|activities|worker|client|server|lab|bin|test|docs|scripts)';
    const missing = pages.flatMap(({ path, code }) =>
      code
        .filter((text) => new RegExp(`^${folders}/[A-Za-z0-9._/-]*$`).test(text))
        .filter((text) => !existsSync(join(ROOT, text)))
        .map((text) => `${path}: ${text}`),
    );
    expect(missing).toEqual([]);
  });

  it('by a code is a code', () => {
    const setting = /^(TEMPORAL|RUNBOOK|LAB|XDG|NO)_|^(WORKFLOW_VERSION)$/;
    const wrong = pages.flatMap(({ path, code }) =>
      code
        .filter((text) => /^[A-Z]+(_[A-Z]+)+$/.test(text))
        .filter((text) => !Object.hasOwn(CODES, text) && !setting.test(text))
        .map((text) => `${path}: ${text}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('README', () => {
  it('names every step beside the manual procedure', () => {
    const table = /^## The manual procedure[\s\S]*?(?=^## )/m.exec(readme)?.[0] ?? '';
    expect(STEPS.map(({ id }) => id).filter((id) => !table.includes(`\`${id}\``))).toEqual([]);
  });

  it('lists the exit codes there are', () => {
    const section = /^## Exit codes\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
    const listed = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual([...new Set(Object.values(EXIT))].sort((a, b) => a - b));
  });

  it('shows a configuration that is one', () => {
    const yaml = /^```yaml\n([\s\S]*?)^```/m.exec(readme)?.[1] ?? '';
    expect(runbookYaml.safeParse(parse(yaml)).error).toBeUndefined();
  });

  it('is prose a terminal of 140 columns shows', () => {
    const long = proseOf(readme).filter((line) => line.length > 140 && !line.startsWith('|'));
    expect(long).toEqual([]);
  });
});
