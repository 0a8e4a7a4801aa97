import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/**
 * The one place that knows which Temporal server is used and in which order it is looked for. Plain
 * JavaScript, because the set-up script needs it before anything is built.
 */

/** The version server/go.mod builds and the one whose release archive is fetched. */
export const TEMPORAL_VERSION = '1.8.2';

/** Older ones embed a server without what the runbook needs (updates with validators, memo upserts). */
const MINIMUM_ON_PATH = [1, 4];

/**
 * @typedef {{ kind: 'address', address: string }} ServerAddress a server that already runs
 * @typedef {{ kind: 'binary', path: string, source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache', version: string }} ServerBinary
 * @typedef {{ kind: 'missing', passedOver: string[] }} ServerMissing with one line for each candidate that was no good
 * @typedef {Record<string, string | undefined>} Env
 */

/**
 * TEMPORAL_ADDRESS, TEMPORAL_CLI_PATH, `temporal` on PATH, our cache: the first of them that is there.
 * @param {Env} env
 * @returns {ServerAddress | ServerBinary | ServerMissing}
 */
export function findTemporal(env) {
  if (env['TEMPORAL_ADDRESS']) return { kind: 'address', address: env['TEMPORAL_ADDRESS'] };
  return findTemporalBinary(env);
}

/**
 * As findTemporal, for who needs the program itself.
 * @param {Env} env
 * @returns {ServerBinary | ServerMissing}
 */
export function findTemporalBinary(env) {
  const named = env['TEMPORAL_CLI_PATH'];
  if (named) {
    // What somebody named explicitly is used or complained about, never silently replaced.
    const version = isProgram(named) ? versionOf(named) : undefined;
    if (version !== undefined)
      return { kind: 'binary', path: resolve(named), source: 'TEMPORAL_CLI_PATH', version };
    return {
      kind: 'missing',
      passedOver: [`TEMPORAL_CLI_PATH is ${named}, which is not a temporal program`],
    };
  }
  /** @type {string[]} */
  const passedOver = [];
  const found = onPath(env, passedOver);
  if (found !== undefined) return found;
  const cached = temporalCachePath(env);
  if (isProgram(cached)) return { kind: 'binary', path: cached, source: 'cache', version: TEMPORAL_VERSION };
  return { kind: 'missing', passedOver };
}

/**
 * Where the program is kept between runs; outside the clone, so that clones share it.
 * @param {Env} env
 * @returns {string}
 */
export function temporalCachePath(env) {
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(cache, 'pg-replication-runbook', `temporal-${TEMPORAL_VERSION}`);
}

/** Every way to get a server, one a line, for messages. */
export const WAYS_TO_GET_TEMPORAL = [
  'in a clone, run `npm run setup`: it builds the server with Go 1.21 or newer, or downloads the release archive',
  'set TEMPORAL_ADDRESS to a Temporal server that already runs',
  'set TEMPORAL_CLI_PATH to a `temporal` program, or put one on PATH (`brew install temporal`, or an archive from https://github.com/temporalio/cli/releases)',
];

/**
 * @param {Env} env
 * @param {string[]} passedOver
 * @returns {ServerBinary | undefined}
 */
function onPath(env, passedOver) {
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'temporal');
    if (directory === '' || !isProgram(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && !isOlder(version)) return { kind: 'binary', path, source: 'PATH', version };
    passedOver.push(
      version === undefined
        ? `${path} did not answer \`--version\` as Temporal's program does`
        : `${path} is version ${version}, older than ${MINIMUM_ON_PATH.join('.')}`,
    );
  }
  return undefined;
}

/** @param {string} version */
function isOlder(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_ON_PATH;
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} path */
function versionOf(path) {
  try {
    const output = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /version (\d+\.\d+\.\d+)/.exec(output)?.[1];
  } catch {
    return undefined;
  }
}
