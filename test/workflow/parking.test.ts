import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApplicationFailure } from '@temporalio/common';
import type { SurveyInput } from '../../workflows/contract/activities.js';
import { resumeUpdate } from '../../workflows/contract/messages.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { asIs, blockedBy, claimedBy } from './support/plans.js';
import { refusal, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const BOTH = ['follower1', 'follower2'];

describe.concurrent('a step that fails', () => {
  it('parks, and a retry runs it again', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('proveAccess', failsWith('ACCESS_DENIED', 'follower1: no entry'), succeeds),
    });
    await run.approveAll();
    const failureId = await run.parked('follower1', 'ACCESS_DENIED');
    const state = await run.state();
    expect(state.phase).toBe('blocked');
    expect(state.followers['follower1']).toMatchObject({
      phase: 'BLOCKED',
      failure: {
        step: 'proveAccess',
        kind: 'ask',
        message: 'follower1: no entry',
        actions: ['retry', 'abort'],
      },
    });
    expect((await run.handle.describe()).memo).toMatchObject({
      phase: 'blocked',
      needs: ['resume follower1 (ACCESS_DENIED)'],
    });

    expect(await refusal(run.resume('follower1', 'retry', 'other'))).toBe('FAILURE_CHANGED');
    expect(await refusal(run.resume('follower1', 'skip', failureId))).toBe('ACTION_NOT_ALLOWED');
    expect(await refusal(run.resume('leader', 'retry', failureId))).toBe('NOT_PARKED');
    expect(run.hosts.count('proveAccess')).toBe(1);
    await run.resume('follower1', 'retry', failureId);
    const end = await run.result();
    expect(end.outcome).toBe('done');
    expect(end.followers['follower1']?.steps.find(({ id }) => id === 'proveAccess')).toMatchObject({
      status: 'done',
      attempt: 2,
    });
  });

  it('is left out by a skip where the table allows it', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('prepareSwitchover', failsWith('COMMAND_FAILED')),
    });
    await run.approveAll();
    await run.parked('follower1', 'COMMAND_FAILED');
    await run.resume('follower1', 'skip');
    const state = await run.result();
    expect(state.outcome).toBe('done');
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'prepareSwitchover')?.status).toBe(
      'skipped',
    );
    expect(run.hosts.calls.at(-1)).toBe('closeOperation follower1');
  });

  it('takes back what was made when it is aborted, the leader last', async () => {
    const run = await bench.start({
      script: (hosts) => {
        hosts.at('ensureSlot', failsWith('SLOT_CONFLICT'));
        hosts.leftovers = ['leader: role replication stays; DROP ROLE replication'];
      },
    });
    await run.approveAll();
    await run.parked('follower1', 'SLOT_CONFLICT');
    await run.resume('follower1', 'abort');
    const state = await run.result();
    expect(run.hosts.calls.slice(-2)).toEqual(['undoFollower follower1', 'undoLeader -']);
    expect(state).toMatchObject({
      outcome: 'aborted',
      leader: { phase: 'aborted' },
      followers: { follower1: { phase: 'aborted' } },
    });
    expect(state.followers['follower1']?.leftovers).toEqual(run.hosts.leftovers);
  });

  it('parks as INTERNAL when nobody knows its error', async () => {
    const run = await bench.start({
      script: (hosts) =>
        hosts.at('configureFollower', () => {
          throw ApplicationFailure.nonRetryable('boom', 'TypeError');
        }),
    });
    await run.approveAll();
    const failureId = await run.parked('follower1', 'INTERNAL');
    expect((await run.state()).followers['follower1']?.failure).toMatchObject({
      kind: 'bug',
      detail: 'boom',
    });
    await run.resume('follower1', 'abort', failureId);
    expect(await run.result()).toMatchObject({ outcome: 'aborted' });
  });

  it('is tried again by itself, unseen, while its error may pass', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('proveAccess', failsWith('CONNECTION_LOST'), succeeds),
    });
    await run.approveAll();
    const state = await run.result();
    expect(run.hosts.count('proveAccess')).toBe(2);
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'proveAccess')?.attempt).toBe(1);
  });

  it('gives way to the next copy, and begins again with the slot', async () => {
    const hold = new Hold();
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => {
        hosts.at('takeBaseBackup follower1', failsWith('COPY_FAILED'), succeeds);
        hosts.at('takeBaseBackup follower2', hold.behaviour(hosts, 'copy'));
      },
    });
    await run.approveAll('follower1');
    await run.parked('follower1', 'COPY_FAILED');
    await run.decide('wipe-follower/follower2');
    await hold.begun;
    await run.resume('follower1', 'retry');
    await run.until(
      'follower1 waits for its turn',
      ({ followers }) => followers['follower1']?.phase === 'queued',
    );
    hold.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(
      run.hosts.calls.filter((call) => /^(ensureSlot|takeBaseBackup|verify\w+Backup) follower1$/.test(call)),
    ).toEqual(
      ['ensureSlot', 'takeBaseBackup', 'ensureSlot', 'takeBaseBackup', 'verifyBaseBackup'].map(
        (step) => `${step} follower1`,
      ),
    );
  });

  it("on the leader parks the leader's branch; an abort there ends whoever needs it", async () => {
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => hosts.at('restartLeader', failsWith('LEADER_RESTART_FAILED')),
    });
    await run.approveAll(...BOTH);
    await run.parked('leader', 'LEADER_RESTART_FAILED');
    await run.resume('leader', 'abort');
    const state = await run.result();
    expect(state).toMatchObject({ outcome: 'aborted', leader: { phase: 'aborted' } });
    expect(run.hosts.count('restartLeader')).toBe(1);
    expect(run.hosts.count('undoFollower')).toBe(2);
    expect(run.hosts.calls.at(-1)).toBe('undoLeader -');
  });

  it('after the swap can be given up, but nothing is taken back', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('verifyStreaming', failsWith('NOT_STREAMING')),
    });
    await run.approveAll();
    await run.parked('follower1', 'NOT_STREAMING');
    await run.resume('follower1', 'abort');
    const state = await run.result();
    expect(state.outcome).toBe('aborted');
    expect(run.hosts.count('undoFollower') + run.hosts.count('undoLeader')).toBe(0);
    expect(state.followers['follower1']?.leftovers[0]).toContain('.replaced-');
  });
});

describe.concurrent('a blocker', () => {
  it('of one follower: its next survey knows the addresses of the others, and so does its plan for a switchover', async () => {
    const run = await bench.start({
      followers: [...BOTH, 'follower3'],
      change: (config) => {
        config.followers = config.followers.map((follower) =>
          follower.name === 'follower3' ? { ...follower, address: '10.0.0.33' } : follower,
        );
      },
      script: (hosts) => hosts.surveys(blockedBy('NO_ROOM_SIDE_BY_SIDE', 'follower2'), asIs),
    });
    await run.parked('follower2', 'NO_ROOM_SIDE_BY_SIDE');
    await run.resume('follower2', 'retry');
    await run.approveAll(...BOTH, 'follower3');
    expect((await run.result()).outcome).toBe('done');
    const inputs = (call: string): SurveyInput[] =>
      run.hosts.inputs.flatMap((one) => (one.call === call ? [one.input as SurveyInput] : []));
    const [first, second] = inputs('surveyAndPlan -');
    expect(first?.addresses).toEqual({ follower1: '', follower2: '', follower3: '10.0.0.33' });
    expect(second?.config.followers.map(({ name }) => name)).toContain('follower2');
    expect(second?.addresses).toEqual({ follower1: '10.0.0.2', follower2: '', follower3: '10.0.0.33' });
    for (const name of BOTH)
      expect(inputs(`prepareSwitchover ${name}`)).toMatchObject([
        { addresses: { follower1: '10.0.0.2', follower2: '10.0.0.2', follower3: '10.0.0.33' } },
      ]);
  });

  it('parks its follower alone, and a retry surveys that one again', async () => {
    const run = await bench.start({
      followers: BOTH,
      script: (hosts) => hosts.surveys(blockedBy('FOLLOWER_HAS_DATA', 'follower2'), asIs),
    });
    await run.approveAll('follower1');
    await run.parked('follower2', 'FOLLOWER_HAS_DATA');
    const parked = await run.until(
      'follower1 done',
      ({ followers }) => followers['follower1']?.phase === 'done',
    );
    expect(parked.followers['follower2']?.failure).toMatchObject({
      step: 'surveyAndPlan',
      actions: ['retry', 'abort'],
    });
    expect(parked.findings).toMatchObject([{ code: 'FOLLOWER_HAS_DATA' }]);
    await run.resume('follower2', 'retry');
    await run.decide('wipe-follower/follower2');
    const state = await run.result();
    expect(state).toMatchObject({ outcome: 'done', findings: [] });
    const surveys = run.hosts.inputs.filter(({ call }) => call.startsWith('surveyAndPlan'));
    expect(surveys.map(({ input }) => input.config.followers.map(({ name }) => name))).toEqual([
      BOTH,
      ['follower2'],
    ]);
    expect(run.hosts.count('restartLeader')).toBe(1);
  });

  it.each(['main-db', undefined])('of %s parks the whole run', async (host) => {
    const run = await bench.start({
      script: (hosts) => hosts.surveys(blockedBy('SLOT_UNBOUNDED', host), asIs),
    });
    await run.parked('leader', 'SLOT_UNBOUNDED');
    expect((await run.state()).followers['follower1']?.phase).toBe('planning');
    await run.resume('leader', 'retry');
    await run.approveAll();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('that is given up ends the run, and no host was touched', async () => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(blockedBy('LEADER_DOWN', 'main-db')) });
    await run.parked('leader', 'LEADER_DOWN');
    await run.resume('leader', 'abort');
    expect(await run.result()).toMatchObject({ outcome: 'aborted', decisions: [] });
    expect(run.hosts.calls).toEqual(['surveyAndPlan -']);
  });

  it('may also be a survey that fails', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('surveyAndPlan', failsWith('SUDO_REFUSED'), succeeds),
    });
    await run.parked('leader', 'SUDO_REFUSED');
    await run.resume('leader', 'retry');
    await run.openGate('change-leader');
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });
});

describe.concurrent('a host that another run has claimed', () => {
  const holder = { op: '0badcafe', workflowId: 'replication/old', server: 'there', requester: 'bob' };

  it.each([
    ['follower1', 'follower1'],
    ['leader', 'main-db'],
  ])('%s: is taken over once its name is typed, and then surveyed again', async (name, host) => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(claimedBy(holder, host), asIs) });
    const failureId = await run.parked(name, 'HOST_CLAIMED');
    const parked = await run.state();
    const branch = name === 'leader' ? parked.leader : parked.followers[name];
    expect(branch?.failure).toMatchObject({ holder, actions: ['retry', 'take-over', 'abort'] });
    const answer = { branch: name, failureId, action: 'take-over' as const, by: 'oscar' };
    expect(await refusal(run.handle.executeUpdate(resumeUpdate, { args: [answer] }))).toBe(
      'CONFIRMATION_MISSING',
    );
    expect(
      await refusal(run.handle.executeUpdate(resumeUpdate, { args: [{ ...answer, confirm: 'other' }] })),
    ).toBe('CONFIRMATION_MISSING');
    expect(run.hosts.count('takeOver')).toBe(0);
    await run.handle.executeUpdate(resumeUpdate, {
      args: [{ ...answer, confirm: host, reason: 'its server burnt' }],
    });
    await run.approveAll();
    const end = await run.result();
    expect(end.outcome).toBe('done');
    expect(run.hosts.calls.slice(0, 3)).toEqual(['surveyAndPlan -', `takeOver ${host}`, 'surveyAndPlan -']);
    expect(run.hosts.inputs[1]?.input).toMatchObject({ host, holder, by: 'oscar' });
    expect((name === 'leader' ? end.leader : end.followers[name])?.answers).toMatchObject([
      {
        code: 'HOST_CLAIMED',
        step: 'surveyAndPlan',
        action: 'take-over',
        by: 'oscar',
        reason: 'its server burnt',
      },
    ]);
  });

  it('is no longer offered for a take-over when a script met it: the survey finds out whose it is', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.at('ensureCredentials', failsWith('HOST_CLAIMED'), succeeds),
    });
    await run.approveAll();
    await run.parked('follower1', 'HOST_CLAIMED');
    expect((await run.state()).followers['follower1']?.failure?.actions).toEqual(['retry', 'abort']);
    await run.resume('follower1', 'retry');
    await run.until('another survey', () => run.hosts.count('surveyAndPlan') === 2);
  });
});
