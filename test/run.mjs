import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupProblem } from '../scripts/setup/problem.mjs';
import { setUp } from '../scripts/setup/set-up.mjs';
import { countResults, summaryLine, totals } from './count-results.mjs';

/**
 * `npm test`: set-up, then every part after the other, then one line with what came out.
 * `node test/run.mjs unit workflow` runs only these parts.
 */

/**
 * `workers`: files at a time. Tests mostly wait, so more of them than there are cores; a worker of the lab's part
 * has a lab of its own.
 * @type {Record<string, { budgetSeconds: number, workers: number }>}
 */
const PARTS = {
  unit: { budgetSeconds: 60, workers: 3 },
  workflow: { budgetSeconds: 120, workers: 3 },
  lab: { budgetSeconds: 480, workers: 3 },
  matrix: { budgetSeconds: 720, workers: 3 },
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What `npm test` runs; the matrix of faults takes too long for every time. */
const ALWAYS = ['unit', 'workflow', 'lab'];

const parts = process.argv.length > 2 ? process.argv.slice(2) : ALWAYS;

const unknown = parts.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) {
  console.error(
    `error: no such part: ${unknown.join(' ')}\nhint: The parts are unit, workflow, lab and matrix.`,
  );
  process.exit(2);
}

try {
  await setUp({
    root,
    log: console.log,
    packages: parts.includes('lab') || parts.includes('matrix') || isDebianRoot(),
  });
} catch (error) {
  console.error(error instanceof SetupProblem ? error.describe() : error);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const results = [];
for (const part of parts) results.push(await runPart(part));

console.log('');
for (const result of results) console.log(summaryLine(result));
const { passed, failed } = totals(results);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

/** The unit tests of the ssh layer log in to a real sshd; without the lab that alone is no reason to refuse. */
function isDebianRoot() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/dpkg-query');
}

/** @param {string} part */
async function runPart(part) {
  const directory = mkdtempSync(join(tmpdir(), 'runbook-results-'));
  const file = join(directory, 'results.json');
  const startedAt = Date.now();
  const { budgetSeconds = 0, workers = 1 } = PARTS[part] ?? {};
  const code = await vitest([
    'run',
    '--project',
    part,
    `--maxWorkers=${String(workers)}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const seconds = (Date.now() - startedAt) / 1000;
  const counts = countResults(readResults(file), code);
  rmSync(directory, { recursive: true });
  return { part, seconds, budget: budgetSeconds, ...counts };
}

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function vitest(args) {
  return new Promise((resolve) => {
    const program = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    // A log has no use for colours.
    const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** @param {string} file */
function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
