import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TEMPORAL_VERSION } from '../../server/find-temporal.mjs';
import { lastLines, runCommand } from './run-command.mjs';

const OFFICIAL = 'https://github.com/temporalio/cli/releases/download';
const GIVE_UP_AFTER_MS = 10 * 60_000;

/**
 * The release archive of the pinned version. What vouches for it is https to its makers' own place; the
 * build with Go, which pins every checksum, is preferred where it is possible.
 * @param {{ log: (line: string) => void, env: Record<string, string | undefined>, target: string }} options
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function downloadRelease({ log, env, target }) {
  const url = archiveUrl(env);
  log(`Downloading the Temporal server: ${url} ...`);
  const directory = `${target}.tmp-archive`;
  mkdirSync(directory, { recursive: true });
  try {
    const archive = join(directory, 'temporal.tar');
    writeFileSync(archive, unzip(await fetchBytes(url)));
    const tar = await runCommand('tar', ['-xf', archive, '-C', directory, 'temporal']);
    if (tar.code !== 0) return `${url} is not the archive that was expected: ${lastLines(tar.output, 3)}`;
    const program = join(directory, 'temporal');
    chmodSync(program, 0o755);
    const version = await runCommand(program, ['--version']);
    if (!version.output.includes(`version ${TEMPORAL_VERSION} `)) {
      return `The program in ${url} does not run as version ${TEMPORAL_VERSION}: ${lastLines(version.output, 3)}`;
    }
    renameSync(program, target);
    return undefined;
  } catch (error) {
    return `${url} could not be downloaded: ${reasonOf(error)}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {Record<string, string | undefined>} env */
export function archiveUrl(env) {
  const base = (env['RUNBOOK_TEMPORAL_DOWNLOAD'] || OFFICIAL).replace(/\/+$/, '');
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${base}/v${TEMPORAL_VERSION}/temporal_cli_${TEMPORAL_VERSION}_${process.platform}_${arch}.tar.gz`;
}

/** @param {string} url */
async function fetchBytes(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(GIVE_UP_AFTER_MS) });
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}

/**
 * @param {Buffer} bytes
 */
function unzip(bytes) {
  try {
    return gunzipSync(bytes);
  } catch {
    throw new Error('what came is not a gzip archive');
  }
}

/** fetch hides the network's own words in `cause`. @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
