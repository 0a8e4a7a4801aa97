import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import type { Plan } from '../../workflows/contract/plan.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { blockedBy } from './support/plans.js';
import { refusal, Workbench } from './support/workbench.js';

/** Of whoever refuses. */
const NO = { verdict: 'rejected', reason: 'not now' } as const;

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const nothing = (plan: Plan): Plan => {
  for (const follower of Object.values(plan.followers)) {
    follower.needsGate = false;
    follower.course = [];
    follower.target.remedy = 'none';
    follower.target.class = 'foreign';
  }
  return plan;
};

describe('an undo', () => {
  it('asks once, then puts back and withdraws, and nothing else', async () => {
    const run = await bench.start({ kind: 'undo' });
    const gate = await run.openGate('undo-replacement/follower1');
    expect(run.hosts.calls).toEqual(['surveyReplaced -']);
    expect((await run.state()).leader.gates).toEqual([]);
    await run.decide(gate.id);
    const state = await run.result();
    expect(state).toMatchObject({ kind: 'undo', outcome: 'done', phase: 'closed' });
    expect(run.hosts.calls).toEqual([
      'surveyReplaced -',
      'undoReplacement follower1',
      'withdrawFromLeader follower1',
    ]);
    expect(state.followers['follower1']?.steps.map(({ id, status }) => [id, status])).toEqual([
      ['undoReplacement', 'done'],
      ['withdrawFromLeader', 'done'],
    ]);
    expect(state.decisions).toMatchObject([{ gateId: 'undo-replacement/follower1', verdict: 'approved' }]);
  });

  it('is over at once where there is nothing to undo', async () => {
    const run = await bench.start({ kind: 'undo', script: (hosts) => hosts.surveys(nothing) });
    expect(await run.result()).toMatchObject({ outcome: 'nothing-to-do' });
    expect(run.hosts.calls).toEqual(['surveyReplaced -']);
  });

  it('touches nothing when it is rejected, and has nothing to take back', async () => {
    const run = await bench.start({ kind: 'undo' });
    await run.decide('undo-replacement/follower1', NO);
    const state = await run.result();
    expect(state.outcome).toBe('rejected');
    expect(state.followers['follower1']?.leftovers).toEqual([]);
    expect(run.hosts.calls).toEqual(['surveyReplaced -']);
  });

  it('touches nothing when it is cancelled before', async () => {
    const run = await bench.start({ kind: 'undo' });
    await run.openGate('undo-replacement/follower1');
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    expect((await run.result()).outcome).toBe('cancelled');
    expect(run.hosts.calls).toEqual(['surveyReplaced -']);
  });

  it('is not cancelled in its middle: it goes on to its end', async () => {
    const hold = new Hold();
    const run = await bench.start({
      kind: 'undo',
      script: (hosts) => hosts.at('undoReplacement', hold.behaviour(hosts, 'undoReplacement')),
    });
    await run.decide('undo-replacement/follower1');
    await hold.begun;
    expect(await run.cancel()).toEqual({ stopping: [], finishing: ['follower1'], undoing: [] });
    hold.release();
    expect((await run.result()).outcome).toBe('done');
    expect(run.hosts.calls).toEqual([
      'surveyReplaced -',
      'undoReplacement follower1',
      'withdrawFromLeader follower1',
    ]);
  });

  it('parks on a refusal of the host, and goes on when it is resumed', async () => {
    const run = await bench.start({
      kind: 'undo',
      script: (hosts) => hosts.at('undoReplacement', failsWith('FORMER_START_FAILED'), succeeds),
    });
    await run.decide('undo-replacement/follower1');
    await run.resume('follower1', 'retry', await run.parked('follower1', 'FORMER_START_FAILED'));
    expect((await run.result()).outcome).toBe('done');
    expect(run.hosts.count('undoReplacement')).toBe(2);
  });

  it('names the command that goes on, and takes nothing back, when it is given up', async () => {
    const run = await bench.start({
      kind: 'undo',
      script: (hosts) => hosts.at('withdrawFromLeader', failsWith('LEADER_CHANGED')),
    });
    await run.decide('undo-replacement/follower1');
    await run.resume('follower1', 'abort', await run.parked('follower1', 'LEADER_CHANGED'));
    const state = await run.result();
    expect(state.outcome).toBe('aborted');
    expect(state.followers['follower1']?.leftovers).toEqual([expect.stringContaining('`runbook undo`')]);
    expect(run.hosts.count('undoFollower')).toBe(0);
  });

  it('asks again when the host is not as approved', async () => {
    const run = await bench.start({
      kind: 'undo',
      script: (hosts) => hosts.at('undoReplacement', failsWith('PLAN_OUTDATED'), succeeds),
    });
    const first = await run.openGate('undo-replacement/follower1');
    await run.decide(first.id);
    const second = await run.openGate('undo-replacement/follower1', first.token);
    expect(second.because).toContain('PLAN_OUTDATED');
    await run.decide(second.id);
    expect((await run.result()).outcome).toBe('done');
    expect(run.hosts.count('surveyReplaced')).toBe(2);
  });

  it('parks on a blocker before any gate', async () => {
    const run = await bench.start({
      kind: 'undo',
      script: (hosts) => hosts.surveys(blockedBy('FOLLOWER_PROMOTED', 'follower1')),
    });
    await run.resume('follower1', 'abort', await run.parked('follower1', 'FOLLOWER_PROMOTED'));
    expect((await run.result()).outcome).toBe('aborted');
    expect(run.hosts.calls).toEqual(['surveyReplaced -']);
  });

  it('asks no person twice for the same: four eyes and approvers hold as everywhere', async () => {
    const run = await bench.start({
      kind: 'undo',
      requester: 'alice',
      change: ({ approval }) => {
        approval.fourEyes = true;
      },
    });
    const gate = await run.openGate('undo-replacement/follower1');
    expect(await refusal(run.decide(gate.id))).toBe('FOUR_EYES');
    await run.decide(gate.id, { ...NO, by: 'bob' });
    await run.result();
  });
});

describe('a purge', () => {
  it('asks, then deletes in one step', async () => {
    const run = await bench.start({ kind: 'purge', followers: ['follower1', 'follower2'] });
    await run.decide('purge-replaced/follower1');
    await run.decide('purge-replaced/follower2', NO);
    expect(await run.result()).toMatchObject({ kind: 'purge', outcome: 'partial' });
    expect(run.hosts.calls).toEqual(['surveyReplaced -', 'purgeReplaced follower1']);
  });

  it('excludes a set-up, by the id they share', async () => {
    const run = await bench.start({ kind: 'purge' });
    const gate = await run.openGate('purge-replaced/follower1');
    await expect(bench.start({ cluster: run.cluster })).rejects.toThrow(/already started/i);
    const description = await run.handle.describe();
    expect(description.type).toBe(WORKFLOW_TYPES.purgeReplaced);
    await run.decide(gate.id, { ...NO, by: 'bob' });
    await run.result();
  });
});
