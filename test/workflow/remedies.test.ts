import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { asIs, identifiedBy, kept, leaderNeedsNothing } from './support/plans.js';
import { refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const REPAIR = 'repair-follower/follower1';

const called = (calls: string[]): string[] => calls.map((call) => call.split(' ')[0] ?? '');

describe.concurrent('data that nobody else has', () => {
  it('goes only for whoever types its identifier as well', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(identifiedBy('7711')) });
    await run.decide('change-leader');
    const gate = await run.openGate(WIPE);
    expect(gate.identifier).toBe('7711');
    for (const typed of [{}, { identifier: '' }, { identifier: '771' }, { identifier: 'follower1' }])
      expect(await refusal(run.decideOn(gate, typed))).toBe('IDENTIFIER_MISMATCH');
    // The name is still asked for.
    expect(await refusal(run.decideOn(gate, { identifier: '7711', confirm: '7711' }))).toBe('NAME_MISMATCH');
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
    await run.decideOn(gate, { identifier: '7711' });
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('swapDataDirectory')).toBe(1);
  });

  it('stays after a rejection, which needs no identifier', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(identifiedBy('7711')) });
    await run.decide(WIPE, { verdict: 'rejected', reason: 'needed' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('is asked for by an identifier of its own when other data lies there at the next survey', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(asIs, identifiedBy('7711'))
          .at('swapDataDirectory', failsWith('PLAN_OUTDATED'), succeeds),
    });
    const old = await run.openGate(WIPE);
    await run.approveAll();
    const gate = await run.openGate(WIPE, old.token);
    expect(await refusal(run.decideOn(gate))).toBe('IDENTIFIER_MISMATCH');
    await run.decideOn(gate, { identifier: '7711' });
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });
});

describe.concurrent('a follower that keeps its data', () => {
  it('and is stopped is started and proved, without the leader', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(kept('start')) });
    await run.openGate(REPAIR);
    expect((await run.state()).leader.gates).toEqual([]);
    await run.decide(REPAIR);
    const state = await run.result();
    expect(state).toMatchObject({ outcome: 'done', leader: { phase: 'nothing-to-do' } });
    expect(called(run.hosts.calls)).toEqual([
      'surveyAndPlan',
      'startFollower',
      'verifyStreaming',
      'closeOperation',
    ]);
    expect(state.followers['follower1']?.steps.map(({ id, status }) => [id, status])).toEqual([
      ['startFollower', 'done'],
      ['verifyStreaming', 'done'],
      ['closeOperation', 'done'],
    ]);
  });

  it('and is sick is repaired after its own gate and, where the leader changes, the leader’s', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.surveys(kept('repair', ['connection', 'slot'])),
    });
    await run.decide('change-leader');
    await run.until('leader approved', ({ decisions }) => decisions.length === 1);
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
    await run.decide(REPAIR);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(called(run.hosts.calls)).toEqual([
      'surveyAndPlan',
      'ensureCredentials',
      'ensureLeaderSettings',
      'ensureLeaderHbaRule',
      'restartLeader',
      'proveAccess',
      'ensureSlot',
      'configureFollower',
      'startFollower',
      'verifyStreaming',
      'closeOperation',
    ]);
  });

  it('and has too low limits needs nothing of the leader', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(kept('repair', ['settings'])) });
    await run.decide(REPAIR);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(called(run.hosts.calls)).toEqual([
      'surveyAndPlan',
      'configureFollower',
      'startFollower',
      'verifyStreaming',
      'closeOperation',
    ]);
  });

  it('does not wait behind a copy', async () => {
    const hold = new Hold();
    const run = await bench.start({
      followers: ['follower1', 'follower2'],
      script: (hosts) =>
        hosts
          .surveys((plan) => {
            const copied = structuredClone(plan.followers['follower2']);
            kept('repair', ['slot'])(plan);
            if (copied !== undefined) plan.followers['follower2'] = copied;
            return leaderNeedsNothing(plan);
          })
          .at('takeBaseBackup', hold.behaviour(hosts, 'copy')),
    });
    await run.decide('wipe-follower/follower2');
    await hold.begun;
    await run.decide(REPAIR);
    await run.until('repaired', ({ followers }) => followers['follower1']?.phase === 'done');
    hold.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('is left alone after a rejection', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(kept('repair', ['slot'])) });
    await run.decide('change-leader');
    await run.decide(REPAIR, { verdict: 'rejected', reason: 'not now' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it.each(['abort', 'cancel'] as const)('gets back what it had on %s, up to its last step', async (way) => {
    const run = await bench.start({
      script: (hosts) => {
        hosts.leftovers = ['follower1: its server was started and runs'];
        hosts.surveys(kept('repair', ['connection'])).at('verifyStreaming', failsWith('NOT_STREAMING'));
      },
    });
    await run.decide('change-leader');
    await run.decide(REPAIR);
    const failureId = await run.parked('follower1', 'NOT_STREAMING');
    if (way === 'abort') await run.resume('follower1', 'abort', failureId);
    else await run.cancel();
    const state = await run.result();
    expect(state.outcome).toBe(way === 'abort' ? 'aborted' : 'cancelled');
    expect(called(run.hosts.calls).slice(-2)).toEqual(['undoFollower', 'undoLeader']);
    expect(state.followers['follower1']?.leftovers).toEqual(['follower1: its server was started and runs']);
  });

  it('is not held by a proof that waits when the run is cancelled', async () => {
    const hold = new Hold();
    const run = await bench.start({
      script: (hosts) => hosts.surveys(kept('start')).at('verifyStreaming', hold.behaviour(hosts, 'proof')),
    });
    await run.decide(REPAIR);
    await hold.begun;
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(called(run.hosts.calls).slice(-2)).toEqual(['proof', 'undoFollower']);
  });

  it('is asked for again when what is there is not what was approved', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(kept('repair', ['settings']), kept('start'))
          .at('configureFollower', failsWith('PLAN_OUTDATED')),
    });
    const old = await run.openGate(REPAIR);
    await run.decideOn(old);
    const gate = await run.openGate(REPAIR, old.token);
    await run.decideOn(gate);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(run.hosts.count('configureFollower')).toBe(1);
    expect(state.followers['follower1']?.steps.map(({ id }) => id)).not.toContain('proveAccess');
  });

  it('is copied after all when the next survey says so, behind the gate of a copy', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(kept('start'), leaderNeedsNothing)
          .at('startFollower', failsWith('PLAN_OUTDATED'), succeeds),
    });
    await run.decide(REPAIR);
    const gate = await run.openGate(WIPE);
    // The approval of the start, same fingerprint or not, is none of the copy.
    const waiting = await run.state();
    expect(waiting.followers['follower1']).toMatchObject({ phase: 'gate', gates: [{ id: WIPE }] });
    expect(run.hosts.count('ensureCredentials')).toBe(0);
    await run.decideOn(gate);
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(run.hosts.count('swapDataDirectory')).toBe(1);
    expect(run.hosts.inputs.at(-1)?.input).toMatchObject({ approvals: [{ gateId: WIPE }] });
  });
});
