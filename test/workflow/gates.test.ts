import { randomUUID } from 'node:crypto';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecideInput } from '../../workflows/contract/gates.js';
import { decideUpdate, planQuery } from '../../workflows/contract/messages.js';
import { failsWith, succeeds } from './support/fake-hosts.js';
import { asIs, blockedBy, leaderNeedsNothing, withFingerprint, withLines } from './support/plans.js';
import type { TestRun } from './support/workbench.js';
import { decisionFor, inMs, past, refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';

describe('a decision is refused', () => {
  let run: TestRun;
  beforeAll(async () => {
    run = await bench.start({
      requester: 'rita',
      change: ({ approval }) => {
        approval.approvers = ['alice', 'rita'];
        approval.fourEyes = true;
      },
    });
    await run.openGate(WIPE);
  });

  const refusals: [string, Partial<DecideInput>, string][] = [
    ['for a gate that does not exist', { gateId: 'wipe-follower/nobody' }, 'NO_OPEN_GATE'],
    ['with the token of another card', { token: randomUUID() }, 'GATE_CHANGED'],
    ['with another fingerprint', { fingerprint: '3'.repeat(12) }, 'GATE_CHANGED'],
    ['with too few digits', { fingerprint: '2'.repeat(11) }, 'GATE_CHANGED'],
    ['with another name', { confirm: 'follower2' }, 'NAME_MISMATCH'],
    ['with no name', { confirm: '' }, 'NAME_MISMATCH'],
    ['by somebody who is no approver', { by: 'mallory' }, 'NOT_AN_APPROVER'],
    ['by nobody', { by: '' }, 'NOT_AN_APPROVER'],
    ['as an approval by whoever started the run', { by: 'rita' }, 'FOUR_EYES'],
    ['as a rejection without a reason', { verdict: 'rejected', reason: ' ' }, 'REASON_MISSING'],
    ['after its time', { validUntil: inMs(-1_000) }, 'APPROVAL_EXPIRED'],
    ['with no time', { validUntil: 'soon' }, 'APPROVAL_EXPIRED'],
    ['with a time too far ahead', { validUntil: inMs(3_600_000) }, 'APPROVAL_EXPIRED'],
  ];
  it.each(refusals)('%s', async (_, over, code) => {
    expect(await refusal(run.decide(WIPE, over))).toBe(code);
    const state = await run.state();
    expect(state.decisions).toEqual([]);
    expect(state.phase).toBe('waiting');
  });

  it('when the gate has been decided', async () => {
    const gate = await run.openGate('change-leader');
    await run.decideOn(gate);
    expect(await refusal(run.decideOn(gate))).toBe('GATE_DECIDED');
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('but a rejection is taken from whoever started the run', async () => {
    await run.decide(WIPE, { verdict: 'rejected', reason: 'changed my mind', by: 'rita', confirm: '' });
    expect(await run.result()).toMatchObject({ outcome: 'rejected' });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });
});

describe.concurrent('a gate', () => {
  it('of the leader that is rejected ends every follower, and nothing was done', async () => {
    const run = await bench.start({ followers: ['follower1', 'follower2'] });
    await run.decide(WIPE);
    await run.decide('change-leader', { verdict: 'rejected', reason: 'not in office hours' });
    const state = await run.result();
    expect(state).toMatchObject({
      outcome: 'rejected',
      leader: { phase: 'rejected' },
      followers: { follower1: { phase: 'rejected' }, follower2: { phase: 'rejected', gates: [] } },
    });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('of the leader closes undecided when every follower is rejected', async () => {
    const run = await bench.start();
    await run.decide(WIPE, { verdict: 'rejected', reason: 'no' });
    const state = await run.result();
    expect(state).toMatchObject({ outcome: 'rejected', leader: { gates: [] } });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('reminds, and then rejects itself', async () => {
    const run = await bench.start({
      timings: { remindersMs: [500] },
      change: ({ approval }) => {
        approval.expireAfterMs = 2_000;
      },
    });
    const gate = await run.openGate('change-leader');
    const state = await run.result();
    expect(state.outcome).toBe('rejected');
    expect(state.leader.gates).toMatchObject([{ token: gate.token, decision: { verdict: 'expired' } }]);
    expect(state.leader.gates[0]?.reminders).toBeGreaterThanOrEqual(1);
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('opens again with another token when the plan is outdated; the old card is worth nothing', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(asIs, withFingerprint('3'))
          .at('swapDataDirectory', failsWith('PLAN_OUTDATED'), succeeds),
    });
    const old = await run.openGate(WIPE);
    await run.approveAll();
    const gate = await run.openGate(WIPE, old.token);
    expect(gate.fingerprint).toBe('3'.repeat(64));
    expect(gate.op).toEqual(old.op);
    expect(await refusal(run.decideOn(old))).toBe('GATE_CHANGED');
    expect(await refusal(run.decideOn({ ...old, token: gate.token }))).toBe('GATE_CHANGED');
    expect(run.hosts.count('swapDataDirectory')).toBe(1);
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('swapDataDirectory')).toBe(2);
    expect(run.hosts.count('surveyAndPlan')).toBe(2);
    expect(run.hosts.count('undoFollower')).toBe(0);
  });

  it('that opens again says why, and what is not as on the card before', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(
            asIs,
            blockedBy('FOLLOWER_HAS_DATA', 'follower1'),
            withLines('pgdata=/var/lib/postgresql/15/main', 'databases=1 4 5 16384'),
          )
          .at('swapDataDirectory', failsWith('PLAN_OUTDATED', 'follower1: it is another one'), succeeds),
    });
    const old = await run.openGate(WIPE);
    expect(old).not.toHaveProperty('because');
    await run.approveAll();
    // Whatever was surveyed in between, the comparison is with what a person has read.
    await run.parked('follower1', 'FOLLOWER_HAS_DATA');
    await run.resume('follower1', 'retry');
    const gate = await run.openGate(WIPE, old.token);
    expect(gate.because).toBe('follower1: it is another one');
    const plan = await run.handle.query(planQuery);
    expect(plan?.followers['follower1']?.changes).toEqual({
      since: old.openedAt,
      lines: [{ what: 'databases', from: '', to: '1 4 5 16384' }],
    });
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('takeBaseBackup')).toBe(2);
  });

  it('asks twice; the third time in a row the run parks, and a retry surveys and asks', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts.at(
          'swapDataDirectory',
          failsWith('PLAN_OUTDATED', 'follower1: it is another one'),
          failsWith('PLAN_OUTDATED', 'follower1: it is another one'),
          failsWith('PLAN_OUTDATED', 'follower1: it is another one'),
          failsWith('PLAN_OUTDATED', 'follower1: it is another one'),
          succeeds,
        ),
    });
    let gate = await run.openGate(WIPE);
    await run.approveAll();
    for (let time = 2; time <= 3; time += 1) {
      gate = await run.openGate(WIPE, gate.token);
      await run.decideOn(gate);
    }
    await run.parked('follower1', 'PLAN_UNSTABLE');
    expect((await run.state()).followers['follower1']?.failure).toMatchObject({
      step: 'swapDataDirectory',
      message: 'follower1: it is another one, for the third time in a row',
      actions: ['retry', 'abort'],
    });
    expect(run.hosts.count('surveyAndPlan')).toBe(3);
    await run.resume('follower1', 'retry');
    // The count begins anew: once more is no reason to park.
    for (let time = 1; time <= 2; time += 1) {
      gate = await run.openGate(WIPE, gate.token);
      await run.decideOn(gate);
    }
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('swapDataDirectory')).toBe(5);
    expect(run.hosts.count('undoFollower')).toBe(0);
  }, 60_000);

  it('of the leader opens again when the leader has changed since', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(asIs, (plan) => {
            if (plan.leader !== undefined) plan.leader.fingerprint = '9'.repeat(64);
            return plan;
          })
          .at('restartLeader', failsWith('PLAN_OUTDATED'), succeeds),
    });
    const old = await run.openGate('change-leader');
    await run.approveAll();
    const gate = await run.openGate('change-leader', old.token);
    expect(gate.fingerprint).toBe('9'.repeat(64));
    await run.decideOn(gate);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('ensureLeaderSettings')).toBe(2);
    expect(run.hosts.count('restartLeader')).toBe(2);
    expect(run.hosts.count('ensureCredentials')).toBe(1);
  });

  it('of the leader opens for a follower that comes later, when the leader needed nothing before', async () => {
    const run = await bench.start({
      followers: ['follower1', 'follower2'],
      script: (hosts) =>
        hosts.surveys((plan) => leaderNeedsNothing(blockedBy('FOLLOWER_IN_USE', 'follower2')(plan)), asIs),
    });
    await run.decide(WIPE);
    await run.parked('follower2', 'FOLLOWER_IN_USE');
    await run.until('follower1 done', ({ followers }) => followers['follower1']?.phase === 'done');
    expect((await run.state()).leader.gates).toEqual([]);
    await run.resume('follower2', 'retry');
    await run.approveAll('follower2');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('ensureLeaderSettings')).toBe(2);
    expect(run.hosts.count('ensureCredentials')).toBe(2);
  });

  it('of the leader opens again when a retry finds another server leading', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts
          .surveys(asIs, (plan) => {
            if (plan.leader !== undefined) plan.leader.target.identity.timeline = 2;
            return plan;
          })
          .at('ensureSlot', failsWith('LEADER_CHANGED'), succeeds),
    });
    const old = await run.openGate('change-leader');
    await run.approveAll();
    const failureId = await run.parked('follower1', 'LEADER_CHANGED');
    await run.resume('follower1', 'retry', failureId);
    const gate = await run.openGate('change-leader', old.token);
    expect(await refusal(run.decideOn(old))).toBe('GATE_CHANGED');
    await run.decideOn(gate);
    await run.decide(WIPE);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('restartLeader')).toBe(2);
  });

  it('opens again when its decision has grown too old while the run was parked', async () => {
    const run = await bench.start({
      change: ({ approval }) => {
        approval.validForMs = 5_000;
      },
      script: (hosts) => hosts.at('takeBaseBackup', failsWith('COPY_FAILED'), succeeds),
    });
    const old = await run.openGate(WIPE);
    await run.approveAll();
    const failureId = await run.parked('follower1', 'COPY_FAILED');
    const decided = (await run.state()).decisions.at(-1)?.at ?? '';
    await past(Date.parse(decided) + 5_000);
    await run.resume('follower1', 'retry', failureId);
    const gate = await run.openGate(WIPE, old.token);
    await run.openGate('change-leader');
    expect(run.hosts.count('takeBaseBackup')).toBe(1);
    await run.decideOn(gate);
    await run.decide('change-leader');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('is never passed by an approval that waited for a worker past its time', async () => {
    const taskQueue = randomUUID();
    const stop = await bench.startWorker(taskQueue);
    const run = await bench.start({ taskQueue });
    const gate = await run.openGate(WIPE);
    await stop();

    const late = decisionFor(gate, { validUntil: inMs(1_000) });
    await expect(
      bench.client.connection.withDeadline(Date.now() + 700, () =>
        run.handle.executeUpdate(decideUpdate, { args: [late], updateId: 'late' }),
      ),
    ).rejects.toBeInstanceOf(WorkflowUpdateRPCTimeoutOrCancelledError);
    await past(Date.parse(late.validUntil));

    const stopAgain = await bench.startWorker(taskQueue);
    expect(await refusal(run.handle.getUpdateHandle('late').result())).toBe('APPROVAL_EXPIRED');
    expect((await run.state()).decisions).toEqual([]);
    await run.cancel();
    await run.result();
    await stopAgain();
  });

  it('is not passed again by its old approval when the run is reset', async () => {
    const run = await bench.start({ script: (hosts) => hosts.at('proveAccess', failsWith('ACCESS_DENIED')) });
    const validUntil = inMs(4_000);
    await run.decide('change-leader', { validUntil });
    await run.decide(WIPE, { validUntil });
    await run.parked('follower1', 'ACCESS_DENIED');
    await past(Date.parse(validUntil));

    const { events = [] } = await run.handle.fetchHistory();
    const survey = events?.find(({ activityTaskCompletedEventAttributes: done }) => done != null);
    const task = events?.find(
      ({ eventId, workflowTaskCompletedEventAttributes: done }) =>
        done != null && Number(eventId) > Number(survey?.eventId),
    );
    await bench.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: run.handle.workflowId },
      workflowTaskFinishEventId: task?.eventId ?? null,
      requestId: randomUUID(),
      reason: 'test',
    });
    const again = await run.openGate(WIPE);
    expect(again.decision).toBeUndefined();
    expect(await run.state()).toMatchObject({ phase: 'waiting', decisions: [] });
    await run.cancel();
    const newest = bench.client.workflow.getHandle(run.handle.workflowId);
    expect(await newest.result()).toMatchObject({ outcome: 'cancelled', decisions: [] });
  });
});
