import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../workflows/contract/config.js';
import { planQuery } from '../../workflows/contract/messages.js';
import type { ServerUse } from '../../workflows/contract/target.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { asIs, ofClass, usedAs, withFingerprint } from './support/plans.js';
import type { TestRun } from './support/workbench.js';
import { past, refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const SWAP = 'swap-follower/follower1';
const IDLE: ServerUse = { clientSessions: 0, walSenders: 0, walLsn: '0/1500000' };
const USED: ServerUse = { ...IDLE, clientSessions: 2 };

const asking = ({ approval }: RunConfig): void => {
  approval.swap = 'ask';
};

const useAtSwap = ({ hosts }: TestRun): (ServerUse | undefined)[] =>
  hosts.inputs
    .filter(({ call }) => call.startsWith('swapDataDirectory'))
    .map(({ input }) => ('follower' in input ? input.follower.use : undefined));

describe.concurrent('the gate before the swap', () => {
  it('does not open for a fresh follower nobody uses', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(usedAs(IDLE)) });
    await run.approveAll();
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.decisions).toHaveLength(2);
    expect(run.hosts.count('lookBeforeSwap')).toBe(0);
  });

  it('opens where the configuration asks, when all before it is done; its decision goes with the swap', async () => {
    const run = await bench.start({ change: asking });
    await run.approveAll();
    const gate = await run.openGate(SWAP);
    expect(gate).toMatchObject({ kind: 'swap-follower', name: 'follower1', fingerprint: '2'.repeat(64) });
    expect(gate.because).toContain('approval.swap');
    expect(run.hosts.calls.slice(-3)).toEqual(
      expect.arrayContaining(['rehearseFollower follower1', 'lookBeforeSwap follower1']),
    );
    expect(await run.state()).toMatchObject({
      phase: 'waiting',
      followers: { follower1: { phase: 'gate' } },
    });
    expect((await run.handle.describe()).memo).toMatchObject({ needs: [`approve ${SWAP}`] });
    expect(await refusal(run.decideOn(gate, { confirm: 'follower2' }))).toBe('NAME_MISMATCH');
    await run.decideOn(gate);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.followers['follower1']?.gates.map(({ id }) => id)).toEqual([WIPE, SWAP]);
    const swap = run.hosts.inputs.find(({ call }) => call === 'swapDataDirectory follower1');
    expect(swap?.input).toMatchObject({
      approvals: [{ gateId: 'change-leader' }, { gateId: WIPE }, { gateId: SWAP }],
    });
  });

  it('opens for a follower with data of its own', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(ofClass('foreign')) });
    await run.approveAll();
    expect((await run.openGate(SWAP)).because).toContain('foreign');
    await run.decide(SWAP);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('opens where clients are connected, and what its card shows is what the swap tolerates', async () => {
    const run = await bench.start({
      script: (hosts) => {
        hosts.surveys(usedAs({ ...IDLE, clientSessions: 1 }));
        hosts.looks = [{ use: USED, connected: ['carol', 'report'], tolerated: false }];
      },
    });
    await run.approveAll();
    const gate = await run.openGate(SWAP);
    expect(gate.because).toContain('Clients are connected');
    const plan = await run.handle.query(planQuery);
    expect(plan?.followers['follower1']).toMatchObject({
      beforeSwap: { connected: ['carol', 'report'] },
      changes: { lines: [{ what: 'client sessions', from: '1', to: '2' }] },
    });
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(useAtSwap(run)).toEqual([USED]);
  });

  it('does not open where those who were connected have left', async () => {
    const run = await bench.start({
      script: (hosts) => {
        hosts.surveys(usedAs(USED));
        hosts.looks = [{ use: IDLE }];
      },
    });
    await run.approveAll();
    expect((await run.result()).decisions).toHaveLength(2);
    expect(run.hosts.count('lookBeforeSwap')).toBe(1);
  });

  it.each([
    ['nobody is there any more: no gate', { use: IDLE }, false],
    ['they are still there: the gate asks for them', { use: USED, tolerated: false }, true],
    ['nobody is there, but it has written too much: the gate asks', { use: IDLE, tolerated: false }, true],
  ])('a swap that met clients parks; after a retry %s', async (_, look, asks) => {
    const run = await bench.start({
      script: (hosts) => {
        hosts.surveys(usedAs(IDLE)).at('swapDataDirectory', failsWith('FOLLOWER_IN_USE'), succeeds);
        hosts.looks = [look];
      },
    });
    await run.approveAll();
    await run.parked('follower1', 'FOLLOWER_IN_USE');
    expect((await run.state()).followers['follower1']?.failure?.actions).toEqual(['retry', 'abort']);
    expect(run.hosts.count('lookBeforeSwap')).toBe(0);
    await run.resume('follower1', 'retry');
    if (asks) await run.decide(SWAP);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.decisions).toHaveLength(asks ? 3 : 2);
    expect(useAtSwap(run)).toEqual([IDLE, look.use]);
    expect(run.hosts.count('takeBaseBackup')).toBe(1);
    expect(run.hosts.count('surveyAndPlan')).toBe(1);
  });

  it('asks again for still more clients, but not after any other failure of the swap', async () => {
    const run = await bench.start({
      change: asking,
      script: (hosts) =>
        hosts.at('swapDataDirectory', failsWith('STOP_FAILED'), failsWith('FOLLOWER_IN_USE'), succeeds),
    });
    await run.approveAll();
    const first = await run.openGate(SWAP);
    await run.decideOn(first);
    await run.parked('follower1', 'STOP_FAILED');
    await run.resume('follower1', 'retry');
    await run.parked('follower1', 'FOLLOWER_IN_USE');
    expect(run.hosts.count('lookBeforeSwap')).toBe(1);
    await run.resume('follower1', 'retry');
    const second = await run.openGate(SWAP, first.token);
    expect(await refusal(run.decideOn(first))).toBe('GATE_CHANGED');
    await run.decideOn(second);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('that is rejected takes back what was made', async () => {
    const run = await bench.start({ change: asking });
    await run.approveAll();
    await run.decide(SWAP, { verdict: 'rejected', reason: 'not today' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
    expect(run.hosts.calls.slice(-2)).toEqual(['undoFollower follower1', 'undoLeader -']);
    expect(run.hosts.count('swapDataDirectory')).toBe(0);
  });

  it('that is open can be cancelled', async () => {
    const run = await bench.start({ change: asking });
    await run.approveAll();
    await run.openGate(SWAP);
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.count('swapDataDirectory')).toBe(0);
    expect(run.hosts.count('undoFollower')).toBe(1);
  });

  it("does not open over other data: the follower's own gate opens again and names the difference", async () => {
    const run = await bench.start({
      change: asking,
      script: (hosts) => {
        hosts.surveys(asIs, withFingerprint('3'));
        hosts.looks = [{ fingerprint: '3'.repeat(64), fingerprintLines: ['inode=8'] }, {}];
      },
    });
    const old = await run.openGate(WIPE);
    await run.approveAll();
    const gate = await run.openGate(WIPE, old.token);
    expect(gate.because).toBe(
      'follower1: its data directory is not the one that was approved. These differ: inode, pgdata.',
    );
    expect((await run.state()).followers['follower1']?.gates.map(({ id }) => id)).toEqual([WIPE]);
    await run.decideOn(gate);
    await run.decide(SWAP);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('is enough where the approval of the plan has grown old meanwhile', async () => {
    const run = await bench.start({
      change: (config) => {
        asking(config);
        config.approval.validForMs = 4_000;
      },
    });
    await run.approveAll();
    const gate = await run.openGate(SWAP);
    const decided = (await run.state()).decisions.at(-1)?.at ?? '';
    await past(Date.parse(decided) + 4_000);
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('surveyAndPlan')).toBe(1);
  });
});

describe.concurrent('the rehearsal, while the gate before the swap is open', () => {
  const KEEP = 'keepRehearsal follower1';

  it('is kept going, and left alone from the decision on', async () => {
    const kept = new Hold();
    const run = await bench.start({
      change: asking,
      script: (hosts) => hosts.at(KEEP, kept.behaviour(hosts, KEEP)),
    });
    await run.approveAll();
    await kept.begun;
    await run.decide(SWAP);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    const end = run.hosts.calls.indexOf(`${KEEP} stopped`);
    expect(end).toBeGreaterThan(0);
    expect(run.hosts.calls.indexOf('swapDataDirectory follower1')).toBeGreaterThan(end);
  });

  it('costs nothing where nobody is waited for', async () => {
    const run = await bench.start();
    await run.approveAll();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('keepRehearsal')).toBe(0);
  });

  it('that fails withdraws the gate and asks; after a retry it is rehearsed and asked for again', async () => {
    const kept = new Hold();
    const run = await bench.start({
      change: asking,
      script: (hosts) => hosts.at(KEEP, failsWith('REHEARSAL_FAILED'), kept.behaviour(hosts, KEEP)),
    });
    await run.approveAll();
    await run.parked('follower1', 'REHEARSAL_FAILED');
    const { failure, gates, steps } = (await run.state()).followers['follower1'] ?? {};
    expect(failure).toMatchObject({ step: 'rehearseFollower', actions: ['retry', 'skip', 'abort'] });
    expect(gates?.map(({ id }) => id)).toEqual([WIPE]);
    expect(steps?.find(({ id }) => id === 'rehearseFollower')).toMatchObject({ status: 'failed' });
    await run.resume('follower1', 'retry');
    const gate = await run.openGate(SWAP);
    expect(gate.because).toContain('rehearsed again');
    expect(run.hosts.count('rehearseFollower')).toBe(2);
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('that fails can be left out', async () => {
    const run = await bench.start({
      change: asking,
      script: (hosts) => hosts.at(KEEP, failsWith('REHEARSAL_FAILED')),
    });
    await run.approveAll();
    await run.parked('follower1', 'REHEARSAL_FAILED');
    await run.resume('follower1', 'skip');
    await run.decide(SWAP);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'rehearseFollower')).toMatchObject({
      status: 'skipped',
    });
    expect(run.hosts.count('keepRehearsal')).toBe(1);
  });

  it('that gave up the copy for the sake of the leader: it is copied again, and asked for again', async () => {
    const run = await bench.start({
      change: asking,
      script: (hosts) => {
        const kept = new Hold();
        hosts.at(KEEP, failsWith('LEADER_WAL_BUDGET'), kept.behaviour(hosts, KEEP));
      },
    });
    const first = await run.openGate(WIPE);
    await run.approveAll();
    await run.parked('follower1', 'LEADER_WAL_BUDGET');
    await run.resume('follower1', 'retry');
    await run.decideOn(await run.openGate(WIPE, first.token));
    await run.decide(SWAP);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('takeBaseBackup')).toBe(2);
  });

  it('is kept going also while a swap that was refused is asked about', async () => {
    const kept = new Hold();
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(usedAs(IDLE))
          .at('swapDataDirectory', failsWith('FOLLOWER_IN_USE'), succeeds)
          .at(KEEP, kept.behaviour(hosts, KEEP)),
    });
    await run.approveAll();
    await run.parked('follower1', 'FOLLOWER_IN_USE');
    await kept.begun;
    await run.resume('follower1', 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });
});
