import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../server/file-lock.mjs';
import { SetupProblem } from './problem.mjs';
import { lastLines, runCommand } from './run-command.mjs';

/** Folders that dist/ is made from; tests run from their sources. */
const SOURCES = ['activities', 'bin', 'client', 'lab', 'planning', 'server', 'worker', 'workflows'];
const PRODUCTS = ['dist/bin/runbook.js', 'dist/workflow-bundle.js'];

/**
 * Compiles and bundles, unless nothing has changed since that was done last.
 * @param {{ root: string, log: (line: string) => void }} options
 */
export async function ensureBuild({ root, log }) {
  if (isBuilt(root)) return;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const onWait = (/** @type {number} */ pid) => log(`Waiting for the build of process ${pid} ...`);
  await withLock(join(root, 'dist', '.build.lock'), { onWait }, async () => {
    if (isBuilt(root)) return;
    log('Building ...');
    const stamp = sourceStamp(root);
    await node(root, ['node_modules/typescript/bin/tsc', '-b', 'bin', 'workflows']);
    await node(root, ['scripts/bundle-workflows.mjs']);
    writeFileSync(stampPath(root), stamp);
  });
}

/** @param {string} root */
export function isBuilt(root) {
  if (!PRODUCTS.every((product) => existsSync(join(root, product)))) return false;
  return existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === sourceStamp(root);
}

/**
 * Names, sizes and times of all that goes into dist/.
 * @param {string} root
 */
function sourceStamp(root) {
  const hash = createHash('sha256');
  for (const path of [
    ...SOURCES.flatMap((folder) => filesOf(root, folder)),
    'package-lock.json',
    'tsconfig.base.json',
  ]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} folder
 */
function filesOf(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.(ts|mjs|json)$/.test(file))
    .map((file) => join(folder, file))
    .sort();
}

/** @param {string} root */
const stampPath = (root) => join(root, 'dist', '.build-stamp');

/**
 * @param {string} root
 * @param {string[]} args
 */
async function node(root, args) {
  const { code, output } = await runCommand(process.execPath, args, { cwd: root });
  if (code === 0) return;
  throw new SetupProblem('the build failed', { detail: lastLines(output, 30) });
}
