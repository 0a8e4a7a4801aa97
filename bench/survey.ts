import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostPool } from '../activities/hosts/host-pool.js';
import { surveyAndPlan } from '../activities/steps/survey-and-plan.js';
import type { StepContext } from '../activities/step.js';
import { loadConfig } from '../client/config/load-config.js';
import { labCommand } from '../lab/lab-exec.js';
import { labSshJson } from '../lab/lab-ssh.js';
import type { RunConfig } from '../workflows/contract/config.js';
import { countTrips } from './count-trips.js';

/**
 * `npm run bench:survey`: how long the survey of two lab hosts takes, and how often it goes to a host, beside
 * what `ssh HOST true` takes on the same machine. Makes a lab of its own and destroys it. Of each time the
 * median of nine is told.
 */
const RUNS = 9;

const directory = mkdtempSync(join(tmpdir(), 'runbook-bench-'));
const home = join(directory, 'lab');
try {
  const up = await labCommand(home, ['up', '--hosts', 'leader,follower1', '--sample', '30MB'], {
    cwd: directory,
  });
  if (up.code !== 0) throw new Error(up.stderr);
  await measure(loadConfig(join(directory, 'runbook.yaml')).config);
} finally {
  await labCommand(home, ['destroy']);
  rmSync(directory, { recursive: true, force: true });
}

async function measure(config: RunConfig): Promise<void> {
  const ssh = await labSshJson(home);
  const bare = await median(() => {
    execFileSync('ssh', ['-F', ssh.config, 'leader', 'true']);
    return Promise.resolve();
  });
  const cold = await median(async () => {
    await survey(config, createHostPool());
  });
  const warmPool = createHostPool();
  const trips = await survey(config, warmPool, { keep: true });
  const warm = await median(async () => {
    await survey(config, warmPool, { keep: true });
  });
  await warmPool.close();
  const line = (what: string, ms: number): void =>
    console.log(`${what.padEnd(34)}${ms.toFixed(0).padStart(6)} ms  ${(ms / bare).toFixed(2).padStart(6)}`);
  console.log(`${' '.repeat(43)}  times ssh true`);
  line('ssh HOST true', bare);
  line('survey, connecting', cold);
  line('survey, connected', warm);
  for (const [host, count] of trips)
    console.log(`round trips to ${host.padEnd(19)}${String(count).padStart(6)}`);
}

async function survey(
  config: RunConfig,
  pool: ReturnType<typeof createHostPool>,
  { keep = false } = {},
): Promise<Map<string, number>> {
  const counted = countTrips(pool);
  const context: StepContext = {
    hosts: counted.pool,
    signal: new AbortController().signal,
    progress: () => undefined,
    lastProgress: undefined,
    isPatient: () => false,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  const plan = await surveyAndPlan(
    {
      config,
      ops: Object.fromEntries(config.followers.map(({ name }) => [name, '00000001'])),
      leaderOp: '00000002',
      addresses: Object.fromEntries(config.followers.map(({ name, address = '' }) => [name, address])),
      claimant: { workflowId: 'bench', runId: 'bench', server: 'bench', requester: 'bench' },
    },
    context,
  );
  const [blocker] = plan.findings.filter(({ severity }) => severity === 'blocker');
  if (blocker !== undefined) throw new Error(blocker.message);
  if (!keep) await pool.close();
  return counted.trips;
}

async function median(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}
