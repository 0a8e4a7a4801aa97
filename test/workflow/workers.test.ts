import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TemporalLink } from '../../client/connection.js';
import { renderRun } from '../../client/render/run.js';
import { readRunView } from '../../client/run-view.js';
import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import { makeConfig } from './support/make-plan.js';
import { failsWith, Hold } from './support/fake-hosts.js';
import { TIMINGS, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const linkTo = (taskQueue: string): TemporalLink => ({
  client: bench.client,
  address: bench.address,
  namespace: 'default',
  taskQueue,
  server: 'test',
  close: () => Promise.resolve(),
});

async function until<T>(look: () => Promise<T>, isWanted: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const seen = await look();
    if (isWanted(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(seen)}`);
  }
}

describe.concurrent('a copy', () => {
  it('is taken up by another worker when its worker is killed', async () => {
    const taskQueue = randomUUID();
    const program = fileURLToPath(new URL('./support/lone-worker.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', program, bench.address, taskQueue, bench.bundle.codePath],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const run = await bench.start({ taskQueue });
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stdout });
    const copying = once(lines, 'line');
    await run.approveAll();
    expect(await copying).toEqual(['copying']);
    const link = linkTo(taskQueue);
    await until(
      () => readRunView(link, run.cluster),
      ({ progress }) => progress['follower1'] !== undefined,
    );
    child.kill('SIGKILL');
    await exited;

    const view = await readRunView(link, run.cluster);
    expect(view.worker).toBe('absent');
    const screen = renderRun(view, { width: 80, color: false, unicode: true });
    expect(screen).toContain('  follower1, as last told:\n');
    expect(screen).toContain('50 %, 48 MB of 95 MB');

    const killedAt = Date.now();
    const stop = await bench.startWorker(taskQueue);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(Date.now() - killedAt).toBeLessThan(10_000);
    // This worker did nothing of what came before the copy, and no person was asked.
    expect(run.hosts.calls.slice(0, 2)).toEqual(['takeBaseBackup follower1', 'verifyBaseBackup follower1']);
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'takeBaseBackup')?.attempt).toBe(1);
    await stop();
  });

  it('is let go, not stopped, when its worker shuts down in order', async () => {
    const taskQueue = randomUUID();
    const stop = await bench.startWorker(taskQueue);
    const hold = new Hold();
    const run = await bench.start({
      taskQueue,
      script: (hosts) => hosts.at('takeBaseBackup', hold.behaviour(hosts, 'copy'), () => undefined),
    });
    await run.approveAll();
    await hold.begun;
    await stop();
    const stopAgain = await bench.startWorker(taskQueue);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('takeBaseBackup')).toBe(2);
    expect(run.hosts.count('undoFollower')).toBe(0);
    await stopAgain();
  });
});

describe('planReplication', () => {
  const start = (cluster: string): Promise<unknown> =>
    bench.client.workflow.execute(WORKFLOW_TYPES.planReplication, {
      workflowId: `plan/${cluster}/1`,
      taskQueue: bench.taskQueue,
      args: [
        {
          config: makeConfig(cluster),
          configDigest: 'd',
          requester: 'rita',
          server: 'test',
          timings: TIMINGS,
        },
      ],
    });

  it("returns the plan, asked for in the name of the cluster's run", async () => {
    const plan = await start('plan-a');
    expect(plan).toMatchObject({ cluster: 'plan-a', leader: { needsGate: true }, findings: [] });
    const claimants = bench.hosts('plan-a').inputs.map(({ input }) => input.claimant.workflowId);
    expect(claimants).toEqual(['replication/plan-a']);
    expect(bench.hosts('plan-a').calls).toEqual(['surveyAndPlan -']);
  });

  it('fails with the problem where nothing can be surveyed', async () => {
    bench.hosts('plan-b').at('surveyAndPlan', failsWith('KNOWN_HOSTS_MISSING', 'no file'));
    await expect(start('plan-b')).rejects.toMatchObject({
      cause: {
        type: 'KNOWN_HOSTS_MISSING',
        message: 'no file',
        details: [{ problem: { code: 'KNOWN_HOSTS_MISSING' } }],
      },
    });
  });
});
