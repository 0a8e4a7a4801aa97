import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunMemo } from '../../workflows/contract/input.js';
import { WORKFLOW_VERSION } from '../../workflows/contract/names.js';
import { STEPS } from '../../workflows/contract/steps.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { healthy, leaderNeedsNothing, onlyHealthy } from './support/plans.js';
import { TIMINGS, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const BOTH = ['follower1', 'follower2'];

describe.concurrent('a run', () => {
  it('goes through every step in order, after both approvals and not before', async () => {
    const run = await bench.start();
    await run.decide('change-leader');
    const waiting = await run.until('leader approved', ({ decisions }) => decisions.length === 1);
    expect(waiting.phase).toBe('waiting');
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);

    await run.decide('wipe-follower/follower1');
    const state = await run.result();
    expect(run.hosts.calls.map((call) => call.split(' ')[0])).toEqual(
      STEPS.map(({ id }) => id).filter((id) => id !== 'wipeDataDirectory'),
    );
    expect(state).toMatchObject({ outcome: 'done', phase: 'closed', leader: { phase: 'done' } });
    const follower = state.followers['follower1'];
    expect(follower?.phase).toBe('done');
    expect(follower?.summary).toEqual({ downtimeMs: 900 });
    expect(follower?.steps.map(({ status }) => status)).toEqual(Array(13).fill('done'));
  });

  it('hands every gated step the decisions that cover it, and the operation of the plan', async () => {
    const run = await bench.start();
    await run.approveAll();
    const state = await run.result();
    for (const { call, input } of run.hosts.inputs.slice(1)) {
      if (!('approvals' in input)) throw new Error(call);
      const gates = input.approvals.map(({ gateId }) => gateId);
      expect(gates, call).toEqual(
        'follower' in input ? ['change-leader', 'wipe-follower/follower1'] : ['change-leader'],
      );
      const asksAboutStall = 'copyStallMs' in input && input.copyStallMs === TIMINGS.copyStallMs;
      expect(asksAboutStall, call).toBe(/^(take|verify)BaseBackup/.test(call));
    }
    expect(state.decisions.map(({ by, verdict }) => [by, verdict])).toEqual(
      Array(2).fill(['alice', 'approved']),
    );
    const ops = state.decisions.map(({ op }) => op);
    expect(new Set(ops).size).toBe(2);
    for (const op of ops) expect(op).toMatch(/^[0-9a-f]{8}$/);
  });

  it('asks nobody and changes nothing where everything replicates', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(healthy) });
    const state = await run.result();
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
    expect(state).toMatchObject({
      outcome: 'nothing-to-do',
      decisions: [],
      leader: { phase: 'nothing-to-do', gates: [] },
      followers: { follower1: { phase: 'nothing-to-do', class: 'healthy', gates: [] } },
    });
  });

  it('opens only the gates that are needed', async () => {
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => hosts.surveys((plan) => leaderNeedsNothing(onlyHealthy('follower1')(plan))),
    });
    const gate = await run.openGate('wipe-follower/follower2');
    const state = await run.state();
    expect(state.leader.gates).toEqual([]);
    expect(state.followers['follower1']?.phase).toBe('nothing-to-do');
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('ensureCredentials follower1')).toBe(0);
  });

  it("does the leader's steps once for all followers, and copies as many at a time as it may", async () => {
    const holds = { follower1: new Hold(), follower2: new Hold() };
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => {
        for (const [name, hold] of Object.entries(holds)) {
          hosts.at(`takeBaseBackup ${name}`, hold.behaviour(hosts, name));
        }
      },
    });
    await run.approveAll(...BOTH);
    await Promise.race([holds.follower1.begun, holds.follower2.begun]);
    const state = await run.until('one is queued', ({ followers }) =>
      Object.values(followers).some(({ phase }) => phase === 'queued'),
    );
    const queued = BOTH.find((name) => state.followers[name]?.phase === 'queued') ?? '';
    expect(run.hosts.count(`ensureSlot ${queued}`)).toBe(0);
    expect(run.hosts.count('takeBaseBackup')).toBe(1);
    holds.follower1.release();
    holds.follower2.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('ensureLeaderSettings')).toBe(1);
    expect(run.hosts.count('restartLeader')).toBe(1);
    expect(run.hosts.count('ensureLeaderHbaRule')).toBe(2);
  });

  it('lets two copies run at a time where the config says so', async () => {
    const holds = { follower1: new Hold(), follower2: new Hold() };
    const run = await bench.start({
      followers: BOTH,
      change: (config) => {
        config.copy.concurrency = 2;
      },
      script: (hosts) => {
        for (const [name, hold] of Object.entries(holds)) {
          hosts.at(`takeBaseBackup ${name}`, hold.behaviour(hosts, name));
        }
      },
    });
    await run.approveAll(...BOTH);
    await Promise.all([holds.follower1.begun, holds.follower2.begun]);
    holds.follower1.release();
    holds.follower2.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('goes on with one follower while another is rejected and a third is parked', async () => {
    const run = await bench.start({
      followers: [...BOTH, 'follower3'],
      script: (hosts) => hosts.at('takeBaseBackup follower2', failsWith('COPY_FAILED'), succeeds),
    });
    await run.decide('wipe-follower/follower1', { verdict: 'rejected', reason: 'wrong machine' });
    await run.approveAll('follower2', 'follower3');
    await run.parked('follower2', 'COPY_FAILED');
    const parked = await run.until(
      'the third is done',
      ({ followers }) => followers['follower3']?.phase === 'done',
    );
    expect(parked.phase).toBe('blocked');
    expect(parked.followers['follower1']).toMatchObject({
      phase: 'rejected',
      gates: [{ decision: { reason: 'wrong machine' } }],
    });
    await run.resume('follower2', 'abort');
    const state = await run.result();
    expect(state).toMatchObject({ outcome: 'partial', followers: { follower2: { phase: 'aborted' } } });
    expect(run.hosts.count('undoFollower follower2')).toBe(1);
    expect(run.hosts.count('undoFollower')).toBe(1);
    expect(run.hosts.count('undoLeader')).toBe(0);
  });

  it('leaves out the switchover where the config does not want it', async () => {
    const run = await bench.start({
      change: (config) => {
        config.replication.prepareSwitchover = false;
      },
    });
    await run.approveAll();
    const state = await run.result();
    expect(run.hosts.count('prepareSwitchover')).toBe(0);
    expect(state.followers['follower1']?.steps.map(({ id }) => id)).not.toContain('prepareSwitchover');
  });

  it('can be started again under its id once it has ended', async () => {
    const first = await bench.start();
    await first.decide('change-leader', { verdict: 'rejected', reason: 'not today' });
    expect(await first.result()).toMatchObject({ outcome: 'rejected' });
    const again = await bench.start({ cluster: first.cluster });
    await again.approveAll();
    expect(await again.result()).toMatchObject({ outcome: 'done' });
    await expect(
      bench.start({ cluster: first.cluster, script: (hosts) => hosts.surveys(healthy) }),
    ).resolves.toBeDefined();
  });

  it('is refused while one is open under its id', async () => {
    const run = await bench.start();
    await expect(bench.start({ cluster: run.cluster })).rejects.toThrow(/already/i);
    await run.cancel();
    await run.result();
  });

  it('tells what it waits for to anybody, with no worker at all', async () => {
    const queue = `own-${String(process.pid)}`;
    const stop = await bench.startWorker(queue);
    const run = await bench.start({ taskQueue: queue });
    await run.openGate('wipe-follower/follower1');
    await stop();
    const { memo } = await run.handle.describe();
    expect(memo).toEqual({
      version: 1,
      workflowVersion: WORKFLOW_VERSION,
      cluster: run.cluster,
      configDigest: 'd1',
      phase: 'waiting',
      needs: ['approve change-leader', 'approve wipe-follower/follower1'],
    } satisfies RunMemo);
  });

  it('stays below 250 events of history a follower, with three reminders and two parks', async () => {
    const run = await bench.start({
      timings: { remindersMs: [1_000, 2_000, 3_000, 60_000] },
      change: (config) => {
        config.notify = { command: ['page'] };
      },
      script: (hosts) => {
        hosts.at('proveAccess', failsWith('ACCESS_DENIED'), succeeds);
        hosts.at('verifyStreaming', failsWith('NOT_STREAMING'), succeeds);
      },
    });
    const reminded = ({ reminders = 0 }) => reminders >= 3;
    await run.until('three reminders', ({ leader, followers }) => {
      const gates = [...leader.gates, ...(followers['follower1']?.gates ?? [])];
      return gates.length === 2 && gates.every(reminded);
    });
    await run.approveAll();
    await run.parked('follower1', 'ACCESS_DENIED');
    await run.resume('follower1', 'retry');
    await run.parked('follower1', 'NOT_STREAMING');
    await run.resume('follower1', 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    const { events } = await run.handle.fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(250);
    expect(run.hosts.told.map(({ event, code }) => [event, code].join(' ').trim())).toEqual([
      'gate-opened',
      'gate-opened',
      ...Array<string>(6).fill('gate-reminder'),
      'parked ACCESS_DENIED',
      'parked NOT_STREAMING',
      'ended',
    ]);
    expect(run.hosts.told.at(-1)).toMatchObject({ outcome: 'done', cluster: run.cluster });
  });
});
