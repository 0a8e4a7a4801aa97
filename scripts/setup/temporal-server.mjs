import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from '../../server/file-lock.mjs';
import {
  findTemporal,
  findTemporalBinary,
  temporalCachePath,
  TEMPORAL_VERSION,
  WAYS_TO_GET_TEMPORAL,
} from '../../server/find-temporal.mjs';
import { buildWithGo, goVersion } from './build-with-go.mjs';
import { downloadRelease } from './download-release.mjs';
import { SetupProblem } from './problem.mjs';

/**
 * Makes sure that there is a Temporal server to start, or one that runs already. Nothing is got when
 * somebody has named one, or one is on PATH or in the cache.
 * @param {{ root: string, log: (line: string) => void, env?: Record<string, string | undefined> }} options
 */
export async function ensureTemporalServer({ root, log, env = process.env }) {
  const found = findTemporal(env);
  if (found.kind !== 'missing') return;
  if (env['TEMPORAL_CLI_PATH']) throw cannotGet(found.passedOver);
  for (const line of found.passedOver) log(`Passed over: ${line}`);
  const target = temporalCachePath(env);
  mkdirSync(dirname(target), { recursive: true });
  const onWait = (/** @type {number} */ pid) =>
    log(`Process ${pid} is getting the Temporal server; waiting for it ...`);
  await withLock(`${target}.lock`, { onWait }, async () => {
    if (findTemporalBinary(env).kind === 'binary') return;
    removeLeftovers(target);
    await get({ root, log, env, target });
  });
}

/**
 * @param {{ root: string, log: (line: string) => void, env: Record<string, string | undefined>, target: string }} options
 */
async function get(options) {
  /** @type {string[]} */
  const failures = [];
  const go = await goVersion(options.env);
  if (go.usable) {
    const failure = await buildWithGo(options);
    if (failure === undefined) return;
    failures.push(`The build with Go failed:\n${failure}`);
  } else {
    failures.push(go.reason);
  }
  const failure = await downloadRelease(options);
  if (failure === undefined) return;
  throw cannotGet([...failures, failure]);
}

/** @param {string[]} reasons */
function cannotGet(reasons) {
  return new SetupProblem(
    `there is no Temporal server (version ${TEMPORAL_VERSION}), and none could be got`,
    {
      detail: reasons.join('\n'),
      hints: [
        'install Go 1.21 or newer and run this again: the server is then built from source',
        'RUNBOOK_TEMPORAL_DOWNLOAD names another place with the release archives (default: https://github.com/temporalio/cli/releases/download)',
        ...WAYS_TO_GET_TEMPORAL.slice(1),
      ],
    },
  );
}

/**
 * What a killed build left: only whoever holds the lock writes such names.
 * @param {string} target
 */
function removeLeftovers(target) {
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(`${basename(target)}.tmp`)) rmSync(join(dirname(target), name), { recursive: true });
  }
}
