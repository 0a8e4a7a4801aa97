import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../workflows/contract/config.js';
import { reconfigureUpdate } from '../../workflows/contract/messages.js';
import type { ReconfigureAnswer } from '../../workflows/contract/messages.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { makeConfig } from './support/make-plan.js';
import { blockedBy } from './support/plans.js';
import type { TestRun } from './support/workbench.js';
import { refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const BOTH = ['follower1', 'follower2'];

const slower = (config: RunConfig): void => {
  config.copy.maxRateBytesPerSecond = 1_000;
};

function reconfigure(
  run: TestRun,
  change: (config: RunConfig) => void = slower,
  followers?: string[],
): Promise<ReconfigureAnswer> {
  const config = makeConfig(run.cluster, followers);
  change(config);
  return run.handle.executeUpdate(reconfigureUpdate, { args: [{ config, configDigest: 'd2', by: 'oscar' }] });
}

/** The rate with which each call of an activity was made. */
const rates = (run: TestRun, activity: string): (number | undefined)[] =>
  run.hosts.inputs
    .filter(({ call }) => call.startsWith(`${activity} `))
    .map(({ input }) => input.config.copy.maxRateBytesPerSecond);

describe.concurrent('another configuration', () => {
  it('at the gates: looks at the hosts again and asks for everything anew', async () => {
    const run = await bench.start();
    const [leader, follower] = [await run.openGate('change-leader'), await run.openGate(WIPE)];
    await run.decideOn(leader);
    expect(await reconfigure(run)).toEqual({ replanning: ['follower1'], finishing: [] });
    const [leaderAgain, again] = [
      await run.openGate('change-leader', leader.token),
      await run.openGate(WIPE, follower.token),
    ];
    expect(again.because).toContain('configuration was changed by oscar');
    expect(await refusal(run.decideOn(follower))).toBe('GATE_CHANGED');
    expect((await run.handle.describe()).memo).toMatchObject({ configDigest: 'd2' });
    await run.decideOn(leaderAgain);
    await run.decideOn(again);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(rates(run, 'surveyAndPlan')).toEqual([undefined, 1_000]);
    expect(rates(run, 'takeBaseBackup')).toEqual([1_000]);
  });

  it('while a step is parked: its answer is to plan again', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('takeBaseBackup', failsWith('COPY_NO_SPACE'), succeeds),
    });
    const first = await run.openGate(WIPE);
    await run.approveAll();
    await run.parked('follower1', 'COPY_NO_SPACE');
    await reconfigure(run);
    await run.decide('change-leader');
    await run.decideOn(await run.openGate(WIPE, first.token));
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(rates(run, 'takeBaseBackup')).toEqual([undefined, 1_000]);
  });

  it('while a blocker parks the run: surveys with it', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.surveys(blockedBy('SLOT_UNBOUNDED', 'main-db'), (plan) => plan),
    });
    await run.parked('leader', 'SLOT_UNBOUNDED');
    await reconfigure(run);
    await run.approveAll();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(rates(run, 'surveyAndPlan')).toEqual([undefined, 1_000]);
  });

  it('during a copy: that goes on, and what comes after it is planned and asked for again', async () => {
    const copy = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.at('takeBaseBackup', copy.behaviour(hosts, 'copy'), succeeds),
    });
    const first = await run.openGate(WIPE);
    await run.approveAll();
    await copy.begun;
    await reconfigure(run);
    copy.release();
    await run.decide('change-leader');
    await run.decideOn(await run.openGate(WIPE, first.token));
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.calls).not.toContain('copy stopped');
    expect(rates(run, 'swapDataDirectory')).toEqual([1_000]);
  });

  it('leaves alone whoever is past the swap', async () => {
    const start = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.at('startFollower', start.behaviour(hosts, 'start')),
    });
    await run.approveAll();
    await start.begun;
    expect(await reconfigure(run)).toEqual({ replanning: [], finishing: ['follower1'] });
    start.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('surveyAndPlan')).toBe(1);
  });

  it.each([
    ['another host', (config: RunConfig) => (config.leader.host = 'elsewhere'), undefined],
    ['another follower', () => undefined, BOTH],
    ['another cluster', (config: RunConfig) => (config.cluster = 'other'), undefined],
  ])('of %s is refused', async (_, change, followers) => {
    const run = await bench.start();
    await run.openGate(WIPE);
    expect(await refusal(reconfigure(run, change, followers))).toBe('CONFIG_FIXED');
    expect(run.hosts.count('surveyAndPlan')).toBe(1);
    await run.cancel();
    await run.result();
  });
});
