import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORAL_VERSION } from '../../server/find-temporal.mjs';
import { lastLines, runCommand } from './run-command.mjs';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const PROGRESS_EVERY_MS = 15_000;

/**
 * From 1.21 on Go fetches by itself the toolchain that server/go.mod asks for.
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<{ usable: true } | { usable: false, reason: string }>}
 */
export async function goVersion(env) {
  const { code, output } = await runCommand('go', ['version'], { env });
  if (code !== 0) return { usable: false, reason: 'There is no Go on PATH to build the server with.' };
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(output) ?? [];
  if (Number(major) > 1 || Number(minor) >= 21) return { usable: true };
  return { usable: false, reason: `Go is ${major}.${minor}; building the server needs 1.21 or newer.` };
}

/**
 * Builds what server/go.mod pins; server/go.sum has the checksum of every module that goes in.
 * @param {{ root: string, log: (line: string) => void, env: Record<string, string | undefined>, target: string }} options
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function buildWithGo({ root, log, env, target }) {
  log(
    `Building the Temporal server ${TEMPORAL_VERSION} with Go: about 4 minutes, once (kept in ${target}) ...`,
  );
  const startedAt = Date.now();
  let compiled = 0;
  let fetched = 0;
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    log(`  Temporal server: ${seconds} s, ${fetched} modules fetched, ${compiled} packages compiled ...`);
  }, PROGRESS_EVERY_MS);
  const temporary = `${target}.tmp-build`;
  // -v names each package on a line of its own; `go: downloading …` are the modules.
  const ldflags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_VERSION}`;
  const args = ['build', '-v', '-trimpath', '-o', temporary, '-ldflags', ldflags, PACKAGE];
  const { code, output } = await runCommand('go', args, {
    cwd: join(root, 'server'),
    env: { ...env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
    onLine: (line) => {
      if (line.startsWith('go: downloading ')) fetched += 1;
      else compiled += 1;
    },
  });
  clearInterval(progress);
  if (code !== 0) return lastLines(output);
  renameSync(temporary, target);
  log(`Built the Temporal server in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  return undefined;
}
