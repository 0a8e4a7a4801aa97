import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupProblem } from './problem.mjs';
import { lastLines, runCommand } from './run-command.mjs';

/**
 * `npm ci`, unless what is installed is what the lock file says.
 * @param {{ root: string, log: (line: string) => void }} options
 */
export async function ensureNodeModules({ root, log }) {
  if (isInstalled(root)) return;
  log('Installing the npm packages (npm ci) ...');
  const { code, output } = await runCommand('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root });
  if (code === 0) return;
  throw new SetupProblem(code === 127 ? 'there is no npm on PATH' : '`npm ci` failed', {
    detail: lastLines(output),
    hints: ['npm needs its registry, or a cache that has the packages; `npm ci` by hand says more'],
  });
}

/**
 * npm writes what it installed into node_modules/.package-lock.json as its last act. Optional packages
 * (other platforms') may be absent from it.
 * @param {string} root
 */
export function isInstalled(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(hidden);
  const isRight = (/** @type {string} */ path) => wanted[path]?.version === there[path]?.version;
  const isExcused = (/** @type {string} */ path) =>
    there[path] === undefined && wanted[path]?.optional === true;
  return [...Object.keys(wanted), ...Object.keys(there)]
    .filter((path) => path !== '')
    .every((path) => isRight(path) || isExcused(path));
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}
