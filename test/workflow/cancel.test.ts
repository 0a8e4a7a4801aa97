import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failsWith, Hold } from './support/fake-hosts.js';
import { adopted, blockedBy } from './support/plans.js';
import { refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const BOTH = ['follower1', 'follower2'];

async function copying(...followers: string[]) {
  const hold = new Hold();
  const run = await bench.start({
    followers,
    script: (hosts) => hosts.at('takeBaseBackup follower1', hold.behaviour(hosts, 'copy', 300)),
    change: ({ copy }) => {
      copy.concurrency = 2;
    },
  });
  await run.approveAll(...followers);
  await hold.begun;
  return { run, hold };
}

describe.concurrent('cancel', () => {
  it('in the copy stops the job first, then takes back what was made, the leader last', async () => {
    const { run } = await copying('follower1');
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    const state = await run.result();
    expect(run.hosts.calls.slice(-4)).toEqual([
      'takeBaseBackup follower1',
      'copy stopped',
      'undoFollower follower1',
      'undoLeader -',
    ]);
    expect(state).toMatchObject({
      outcome: 'cancelled',
      phase: 'closed',
      followers: { follower1: { phase: 'cancelled' } },
    });
    expect((await run.handle.describe()).status.name).toBe('COMPLETED');
  });

  it('asked for again says what is being taken back already', async () => {
    const { run } = await copying('follower1');
    await run.cancel();
    expect(await run.cancel()).toEqual({ stopping: [], finishing: [], undoing: ['follower1'] });
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.count('undoFollower')).toBe(1);
  });

  it("by Temporal's own means does the same", async () => {
    const { run } = await copying('follower1');
    await run.handle.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.calls.slice(-3)).toEqual(['copy stopped', 'undoFollower follower1', 'undoLeader -']);
    expect((await run.handle.describe()).status.name).toBe('COMPLETED');
  });

  it('of one follower leaves the others alone', async () => {
    const { run } = await copying(...BOTH);
    expect(await run.cancel('follower1')).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    const state = await run.result();
    expect(state).toMatchObject({
      outcome: 'partial',
      leader: { phase: 'done' },
      followers: { follower1: { phase: 'cancelled' }, follower2: { phase: 'done' } },
    });
    expect(run.hosts.calls.filter((call) => call.startsWith('undo'))).toEqual(['undoFollower follower1']);
    expect(run.hosts.calls.indexOf('copy stopped')).toBeLessThan(
      run.hosts.calls.indexOf('undoFollower follower1'),
    );
  });

  it('after the swap goes on to the end and says so', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.at('startFollower', hold.behaviour(hosts, 'start')),
    });
    await run.approveAll();
    await hold.begun;
    expect(await run.cancel()).toEqual({ stopping: [], finishing: ['follower1'], undoing: [] });
    hold.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.calls).not.toContain('start stopped');
    expect(run.hosts.calls.at(-1)).toBe('closeOperation follower1');
  });

  it('in the swap lets the swap finish', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.at('swapDataDirectory', hold.behaviour(hosts, 'swap')),
    });
    await run.approveAll();
    await hold.begun;
    await run.handle.cancel();
    await run.until('cancel noted', () => true);
    hold.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.calls).not.toContain('swap stopped');
  });

  it('ends a branch that is parked, and takes back; after the swap it only ends', async () => {
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) =>
        hosts
          .at('proveAccess follower1', failsWith('ACCESS_DENIED'))
          .at('startFollower follower2', failsWith('FOLLOWER_START_FAILED')),
    });
    await run.approveAll(...BOTH);
    await run.parked('follower1', 'ACCESS_DENIED');
    await run.parked('follower2', 'FOLLOWER_START_FAILED');
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: ['follower2'], undoing: [] });
    const state = await run.result();
    expect(state.outcome).toBe('cancelled');
    expect(run.hosts.calls.filter((call) => call.startsWith('undo'))).toEqual(['undoFollower follower1']);
    expect(state.followers['follower2']?.leftovers[0]).toContain('.replaced-');
  });

  it('at the gates undoes nothing, for nothing was done', async () => {
    const run = await bench.start();
    await run.openGate('change-leader');
    await run.cancel();
    const state = await run.result();
    expect(state).toMatchObject({
      outcome: 'cancelled',
      leader: { gates: [] },
      followers: { follower1: { gates: [] } },
    });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('at the gates takes back an operation that was adopted from an earlier run', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(adopted) });
    const gate = await run.openGate('wipe-follower/follower1');
    expect(gate.op).toEqual({ id: 'abcdef01', epoch: 2, adopted: true });
    await run.cancel();
    await run.result();
    expect(run.hosts.calls).toEqual(['surveyAndPlan -', 'undoFollower follower1']);
  });

  it('ends a run that is parked on the leader', async () => {
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => hosts.surveys(blockedBy('LEADER_DOWN', 'main-db')),
    });
    await run.parked('leader', 'LEADER_DOWN');
    await run.cancel('follower1');
    expect(await refusal(run.cancel('follower1'))).toBe('RUN_CLOSED');
    expect(await refusal(run.cancel('nobody'))).toBe('USAGE');
    await run.cancel('follower2');
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });

  it('lists what could not be taken back, and ends all the same', async () => {
    const { run } = await copying('follower1');
    run.hosts.at('undoFollower', failsWith('COMMAND_FAILED', 'main-db: slot is in use'));
    await run.cancel();
    const state = await run.result();
    expect(state.outcome).toBe('cancelled');
    expect(state.followers['follower1']?.leftovers).toEqual([expect.stringContaining('slot is in use')]);
  });
});
