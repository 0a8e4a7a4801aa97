import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { adopted, inPlace, ofClass, usedAs } from './support/plans.js';
import { Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const SWAP = 'swap-follower/follower1';
const IDLE = { clientSessions: 0, walSenders: 0, walLsn: '0/1500000' };

describe.concurrent('a copy in place', () => {
  it('wipes right before its slot and copy, and swaps nothing', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(inPlace) });
    await run.approveAll();
    const state = await run.result();
    expect(state.outcome).toBe('done');
    const calls = run.hosts.calls.map((call) => call.split(' ')[0]);
    expect(calls.slice(calls.indexOf('proveAccess'), calls.indexOf('startFollower') + 1)).toEqual([
      'proveAccess',
      'wipeDataDirectory',
      'ensureSlot',
      'takeBaseBackup',
      'verifyBaseBackup',
      'configureFollower',
      'startFollower',
    ]);
    expect(state.followers['follower1']?.steps.map(({ id }) => id)).not.toContain('swapDataDirectory');
    expect(state.followers['follower1']?.gates.map(({ id }) => id)).toEqual([WIPE]);
  });

  it('asks before the wipe where the approval of the plan does not cover it', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.surveys((plan) => ofClass('foreign')(inPlace(plan))),
    });
    await run.approveAll();
    const gate = await run.openGate(SWAP);
    expect(gate.because).toContain(
      'All is ready for the copy; before the data of a follower that is foreign',
    );
    expect(run.hosts.calls.at(-2)).toBe('proveAccess follower1');
    expect(run.hosts.count('wipeDataDirectory')).toBe(0);
    await run.decideOn(gate);
    expect((await run.result()).outcome).toBe('done');
    const wipe = run.hosts.inputs.find(({ call }) => call === 'wipeDataDirectory follower1');
    expect(wipe?.input).toMatchObject({
      approvals: [{ gateId: 'change-leader' }, { gateId: WIPE }, { gateId: SWAP }],
    });
    expect(run.hosts.count('lookBeforeSwap')).toBe(1);
  });

  it('parks a wipe that met clients; a retry asks for them, and a copy that fails afterwards asks nothing', async () => {
    const run = await bench.start({
      script: (hosts) => {
        hosts
          .surveys((plan) => usedAs(IDLE)(inPlace(plan)))
          .at('wipeDataDirectory', failsWith('FOLLOWER_IN_USE'), succeeds)
          .at('takeBaseBackup', failsWith('COPY_FAILED'), succeeds);
        hosts.looks = [{ use: { ...IDLE, clientSessions: 1 }, tolerated: false }];
      },
    });
    await run.approveAll();
    await run.parked('follower1', 'FOLLOWER_IN_USE');
    await run.resume('follower1', 'retry');
    expect((await run.openGate(SWAP)).because).toContain('the wipe ends their sessions');
    await run.decide(SWAP);
    await run.parked('follower1', 'COPY_FAILED');
    await run.resume('follower1', 'retry');
    expect((await run.result()).outcome).toBe('done');
    expect(run.hosts.count('lookBeforeSwap')).toBe(1);
    expect(run.hosts.count('wipeDataDirectory')).toBe(3); // the third finds it done
  });

  it('can be given up after the wipe, and says what is left', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => {
        hosts.surveys(inPlace).at('takeBaseBackup', hold.behaviour(hosts, 'copy'));
        hosts.leftovers = ['follower1: its data directory is empty'];
      },
    });
    await run.approveAll();
    await hold.begun;
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    const state = await run.result();
    expect(state.outcome).toBe('cancelled');
    expect(state.followers['follower1']?.leftovers).toEqual(['follower1: its data directory is empty']);
    expect(run.hosts.calls.slice(-3)).toEqual(['copy stopped', 'undoFollower follower1', 'undoLeader -']);
  });

  it('ends a wipe that has begun before it is given up', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.surveys(inPlace).at('wipeDataDirectory', hold.behaviour(hosts, 'wipe')),
    });
    await run.approveAll();
    await hold.begun;
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    hold.release();
    expect((await run.result()).outcome).toBe('cancelled');
    expect(run.hosts.calls).not.toContain('wipe stopped');
    expect(run.hosts.calls.slice(-3)).toEqual([
      'wipeDataDirectory follower1',
      'undoFollower follower1',
      'undoLeader -',
    ]);
  });

  it('is finished from its start on, whoever cancels', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.surveys(inPlace).at('startFollower', hold.behaviour(hosts, 'start')),
    });
    await run.approveAll();
    await hold.begun;
    expect(await run.cancel()).toEqual({ stopping: [], finishing: ['follower1'], undoing: [] });
    hold.release();
    expect((await run.result()).outcome).toBe('done');
  });

  it('that an earlier run has begun asks its gate again, and not before a wipe that is done', async () => {
    const run = await bench.start({
      change: ({ approval }) => {
        approval.swap = 'ask';
      },
      script: (hosts) => hosts.surveys((plan) => adopted(ofClass('partial')(inPlace(plan)))),
    });
    await run.approveAll();
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.followers['follower1']?.gates.map(({ id }) => id)).toEqual([WIPE]);
  });
});
