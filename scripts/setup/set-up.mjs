import { ensureBuild } from './build.mjs';
import { ensureNodeModules } from './node-modules.mjs';
import { ensurePackages } from './packages.mjs';
import { SetupProblem } from './problem.mjs';
import { ensureTemporalServer } from './temporal-server.mjs';

const MINIMUM_NODE = [20, 19];

/**
 * Everything demo and tests need, from a fresh clone. Does only what is not done yet, and says nothing
 * when there is nothing to do.
 * @param {{ root: string, log: (line: string) => void, packages?: boolean, server?: boolean }} options
 *   `packages: false` leaves out what only the lab needs
 */
export async function setUp({ root, log, packages = true, server = true }) {
  requireNode();
  // First, because it may ask; the rest runs by itself.
  if (packages) await ensurePackages({ root, log });
  const results = await Promise.allSettled([
    ensureNodeModules({ root, log }).then(() => ensureBuild({ root, log })),
    server ? ensureTemporalServer({ root, log }) : undefined,
  ]);
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (problems.length > 0) throw problems.length === 1 ? problems[0] : bothOf(problems);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupProblem(
    `Node.js ${MINIMUM_NODE.join('.')} or newer is needed; this is ${process.versions.node}`,
  );
}

/** @param {unknown[]} problems */
function bothOf(problems) {
  const described = problems.map((problem) =>
    problem instanceof SetupProblem ? problem.describe() : String(problem),
  );
  return new SetupProblem('two things failed', { detail: described.join('\n') });
}
