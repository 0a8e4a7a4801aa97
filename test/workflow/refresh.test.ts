import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateState } from '../../workflows/contract/gates.js';
import { planQuery } from '../../workflows/contract/messages.js';
import { asIs, blockedBy, healthy, leaderNeedsNothing, usedAs, withFingerprint } from './support/plans.js';
import type { RunOptions } from './support/workbench.js';
import { past, refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const SWAP = 'swap-follower/follower1';
const REFRESHED = 'The card before was too old to approve, so the hosts were looked at again.';

const start = (options: RunOptions = {}) => bench.start({ timings: { cardMaxAgeMs: 2_000 }, ...options });

const grownOld = (gate: GateState): Promise<void> => past(Date.parse(gate.freshUntil ?? ''));

describe.concurrent('a card that is too old', () => {
  it("can be rejected, not approved; refreshed, the follower's opens anew with what has changed", async () => {
    const run = await start({
      script: (hosts) =>
        hosts.surveys(usedAs({ clientSessions: 0, walSenders: 0, walLsn: '0/1' }), (plan) =>
          usedAs({ clientSessions: 3, walSenders: 0, walLsn: '0/2' })(plan),
        ),
    });
    const old = await run.openGate(WIPE);
    await grownOld(old);
    expect(await refusal(run.decideOn(old))).toBe('CARD_OUTDATED');
    await run.refresh(old);
    expect(await refusal(run.decideOn(old))).toBe('GATE_CHANGED');
    const gate = await run.openGate(WIPE, old.token);
    expect(gate).toMatchObject({ because: REFRESHED, fingerprint: old.fingerprint, op: old.op });
    const plan = await run.handle.query(planQuery);
    expect(plan?.followers['follower1']?.changes).toEqual({
      since: old.openedAt,
      lines: [{ what: 'client sessions', from: '0', to: '3' }],
    });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -', 'surveyAndPlan -']);
    await run.decideOn(gate, { verdict: 'rejected', reason: 'still in use' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
  });

  it('of the leader opens anew as well, and both approvals end in a run that is done', async () => {
    const run = await start();
    const old = await run.openGate('change-leader');
    await grownOld(old);
    expect(await refusal(run.decideOn(old))).toBe('CARD_OUTDATED');
    await run.refresh(old);
    const gate = await run.openGate('change-leader', old.token);
    expect(gate.because).toBe(REFRESHED);
    await run.decideOn(gate);
    const wipe = await run.openGate(WIPE);
    await grownOld(wipe);
    await run.refresh(wipe);
    await run.decide(WIPE);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(run.hosts.count('surveyAndPlan')).toBe(3);
    expect(run.hosts.count('restartLeader')).toBe(1);
  });

  it('of the leader closes where it needs nothing any more', async () => {
    const run = await start({ script: (hosts) => hosts.surveys(asIs, leaderNeedsNothing) });
    const old = await run.openGate('change-leader');
    await grownOld(old);
    await run.refresh(old);
    expect((await run.state()).leader.gates).toEqual([]);
    await run.refresh(await run.openGate(WIPE));
    await run.decide(WIPE);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('of other data opens with another fingerprint, and of a follower that follows by now not at all', async () => {
    const run = await start({ script: (hosts) => hosts.surveys(asIs, withFingerprint('3'), healthy) });
    const old = await run.openGate(WIPE);
    await grownOld(old);
    await run.refresh(old);
    const gate = await run.openGate(WIPE, old.token);
    expect(gate.fingerprint).toBe('3'.repeat(64));
    await grownOld(gate);
    await run.refresh(gate);
    expect(await run.result()).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('gives way to a failure that must be answered first', async () => {
    const run = await start({
      script: (hosts) => hosts.surveys(asIs, blockedBy('FOLLOWER_HAS_DATA', 'follower1'), asIs),
    });
    const old = await run.openGate(WIPE);
    await grownOld(old);
    await run.refresh(old);
    const failureId = await run.parked('follower1', 'FOLLOWER_HAS_DATA');
    expect(await refusal(run.decideOn(old))).toBe('NO_OPEN_GATE');
    await run.resume('follower1', 'retry', failureId);
    const gate = await run.openGate(WIPE, old.token);
    expect(gate.because).toBe(REFRESHED);
    await run.decideOn(gate, { verdict: 'rejected', reason: 'no' });
    await run.result();
  });

  it('before the swap shows a new look, and the copy stays', async () => {
    const run = await start({
      change: ({ approval }) => {
        approval.swap = 'ask';
      },
    });
    await run.approveAll();
    const old = await run.openGate(SWAP);
    await grownOld(old);
    expect(await refusal(run.decideOn(old))).toBe('CARD_OUTDATED');
    await run.refresh(old);
    const gate = await run.openGate(SWAP, old.token);
    expect(gate.because).toBe(REFRESHED);
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('lookBeforeSwap')).toBe(2);
    expect(run.hosts.count('surveyAndPlan')).toBe(1);
  });
});

describe.concurrent('a request for a new card', () => {
  it('of one that is fresh leaves it as it is', async () => {
    const run = await bench.start();
    const gate = await run.openGate(WIPE);
    await run.refresh(gate);
    expect((await run.openGate(WIPE)).token).toBe(gate.token);
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
    expect(await refusal(run.refresh({ ...gate, token: 'other' }))).toBe('GATE_CHANGED');
    expect(await refusal(run.refresh({ ...gate, id: 'wipe-follower/nobody' }))).toBe('NO_OPEN_GATE');
    await run.decideOn(gate);
    expect(await refusal(run.refresh(gate))).toBe('GATE_DECIDED');
    await run.cancel();
    await run.result();
  });

  it('is answered when the run is cancelled meanwhile', async () => {
    const run = await start();
    const gate = await run.openGate('change-leader');
    await grownOld(gate);
    run.hosts.at('surveyAndPlan', async () => {
      await run.cancel();
    });
    await run.refresh(gate);
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });
});
