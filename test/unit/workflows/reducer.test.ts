import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../../workflows/contract/codes.js';
import type { FailureCode } from '../../../workflows/contract/codes.js';
import { jsonBytes, stateBytesAllowed } from '../../../workflows/contract/fit-run-state.js';
import type { Decision, GateState } from '../../../workflows/contract/gates.js';
import { DEFAULT_TIMINGS } from '../../../workflows/contract/input.js';
import type { SetUpReplicationInput } from '../../../workflows/contract/input.js';
import { initialRunState, memoOf, outcomeOf, reduceRunState } from '../../../workflows/contract/reducer.js';
import type { BranchEvent, RunEvent } from '../../../workflows/contract/reducer.js';
import type { Answer, BranchPhase, Outcome, RunState } from '../../../workflows/contract/run-state.js';
import { STEPS } from '../../../workflows/contract/steps.js';
import { makeConfig } from '../../workflow/support/make-plan.js';

const AT = '2026-01-01T00:00:00.000Z';
const ANSWER: Answer = { code: 'COPY_FAILED', step: 'takeBaseBackup', action: 'retry', by: 'alice', at: AT };

const input = (followers: string[]): SetUpReplicationInput => ({
  config: makeConfig('orders', followers),
  configDigest: 'd',
  requester: 'rita',
  server: 's',
  timings: DEFAULT_TIMINGS,
});

const start = (...followers: string[]): RunState =>
  initialRunState(input(followers.length > 0 ? followers : ['follower1']), AT);

const after = (state: RunState, ...events: RunEvent[]): RunState => events.reduce(reduceRunState, state);

const gate = (id: string): GateState => ({
  id,
  kind: id === 'change-leader' ? 'change-leader' : 'wipe-follower',
  name: 'follower1',
  token: 'b2f3a1de-0000-4000-8000-000000000000',
  fingerprint: 'f'.repeat(64),
  op: { id: '0123abcd', epoch: 1, adopted: false },
  openedAt: AT,
  expiresAt: AT,
});

const decision = (gateId: string, reason?: string): Decision => ({
  gateId,
  verdict: 'approved',
  by: 'alice',
  at: AT,
  token: 'b2f3a1de-0000-4000-8000-000000000000',
  fingerprint: 'f'.repeat(64),
  op: '0123abcd',
  epoch: 1,
  ...(reason === undefined ? {} : { reason }),
});

const opened: BranchEvent = {
  branch: 'follower1',
  type: 'gateOpened',
  gate: gate('wipe-follower/follower1'),
};
const WINDOW = { window: '22:00-06:00 Europe/Berlin', opensAt: '2026-01-01T21:00:00.000Z', opens: '22:00' };
const awaited: BranchEvent = {
  branch: 'follower1',
  type: 'windowAwaited',
  window: { what: 'copy', since: AT, ...WINDOW },
};
const parked: BranchEvent = {
  branch: 'follower1',
  type: 'parked',
  failure: {
    code: 'COPY_FAILED',
    message: 'follower1: no',
    failureId: 'f1',
    step: 'takeBaseBackup',
    kind: 'ask',
    at: AT,
    actions: ['retry', 'abort'],
  },
};

describe('initialRunState', () => {
  it('shares the steps out: once per run with the leader, the others with each follower', () => {
    const state = start('follower1', 'follower2');
    expect(state.leader.steps.map(({ id }) => id)).toEqual([
      'surveyAndPlan',
      'ensureLeaderSettings',
      'restartLeader',
    ]);
    for (const follower of Object.values(state.followers)) {
      expect(follower.steps).toHaveLength(STEPS.length - 4); // and one of the two ways to replace the data
      expect(new Set(follower.steps.map(({ status }) => status))).toEqual(new Set(['pending']));
    }
    expect(state).toMatchObject({ phase: 'planning', requester: 'rita', startedAt: AT, decisions: [] });
  });
});

describe('memoOf', () => {
  it('says what the run waits for', () => {
    const state = after(
      start('follower1', 'follower2'),
      { branch: 'leader', type: 'gateOpened', gate: gate('change-leader') },
      opened,
      { ...parked, branch: 'follower2' },
    );
    expect(memoOf(state)).toEqual({
      phase: 'blocked',
      needs: ['approve change-leader', 'approve wipe-follower/follower1', 'resume follower2 (COPY_FAILED)'],
    });
  });

  it('no longer names a gate that is decided, or a failure that is answered', () => {
    const state = after(
      start(),
      opened,
      { branch: 'follower1', type: 'gateDecided', decision: decision('wipe-follower/follower1') },
      parked,
      { branch: 'follower1', type: 'resumed', answer: ANSWER },
    );
    expect(memoOf(state)).toEqual({ phase: 'working', needs: [] });
    expect(state.decisions).toHaveLength(1);
  });

  it.each<[RunEvent[], string]>([
    [[], 'planning'],
    [[opened], 'waiting'],
    [[{ branch: 'follower1', type: 'stepStarted', step: 'ensureSlot', at: AT }], 'working'],
    [[{ branch: 'follower1', type: 'branchPhase', phase: 'queued' }], 'working'],
    [[awaited], 'window'],
    [[awaited, { branch: 'follower1', type: 'stepStarted', step: 'ensureSlot', at: AT }], 'working'],
    [[{ branch: 'follower1', type: 'branchPhase', phase: 'undoing' }], 'undoing'],
    [[parked], 'blocked'],
    [[{ ...parked, branch: 'leader' }], 'blocked'],
    [
      [
        parked,
        { branch: 'follower1', type: 'branchEnded', phase: 'aborted' },
        { branch: 'leader', type: 'branchPhase', phase: 'undoing' },
      ],
      'undoing',
    ],
    [[{ type: 'runClosed', at: AT, outcome: 'done' }], 'closed'],
  ])('phase after %j: %s', (events, phase) => {
    expect(memoOf(after(start(), ...events)).phase).toBe(phase);
  });
});

describe('reduceRunState', () => {
  it('follows a step through its attempts', () => {
    const begun: BranchEvent = { branch: 'follower1', type: 'stepStarted', step: 'takeBaseBackup', at: AT };
    const state = after(
      start(),
      begun,
      parked,
      { branch: 'follower1', type: 'resumed', answer: ANSWER },
      begun,
      {
        branch: 'follower1',
        type: 'stepDone',
        step: 'takeBaseBackup',
        at: AT,
        result: { changed: true, evidence: 'rc 0', summary: { replacedBytes: 7 } },
      },
    );
    expect(state.followers['follower1']).toMatchObject({ phase: 'working', summary: { replacedBytes: 7 } });
    expect(state.followers['follower1']?.failure).toBeUndefined();
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'takeBaseBackup')).toEqual({
      id: 'takeBaseBackup',
      status: 'done',
      attempt: 2,
      startedAt: AT,
      endedAt: AT,
      changed: true,
      evidence: 'rc 0',
    });
  });

  it('shows that the leader waits for its followers once its own gate is approved, or gone', () => {
    const leaderGate: BranchEvent = { branch: 'leader', type: 'gateOpened', gate: gate('change-leader') };
    const open = after(start(), leaderGate);
    expect(open.leader.phase).toBe('gate');
    const decided = (verdict: Decision['verdict']): RunState =>
      after(open, {
        branch: 'leader',
        type: 'gateDecided',
        decision: { ...decision('change-leader'), verdict },
      });
    expect(decided('approved').leader.phase).toBe('queued');
    expect(decided('rejected').leader.phase).toBe('gate');
    expect(after(open, { branch: 'leader', type: 'gatesClosed', decided: true }).leader.phase).toBe('queued');
    // A follower with its own approval may still wait for the leader's.
    const follower = after(start(), opened, {
      branch: 'follower1',
      type: 'gateDecided',
      decision: decision('wipe-follower/follower1'),
    });
    expect(follower.followers['follower1']?.phase).toBe('gate');
  });

  it('tells of a window while it is waited for, and no longer; a gate of another follower outranks it', () => {
    const waiting = after(start('follower1', 'follower2'), awaited);
    expect(waiting.followers['follower1']?.window).toMatchObject({ what: 'copy', opens: '22:00' });
    expect(after(waiting, { ...opened, branch: 'follower2' }).phase).toBe('waiting');
    for (const next of [
      { branch: 'follower1', type: 'stepStarted', step: 'ensureSlot', at: AT },
      { branch: 'follower1', type: 'branchEnded', phase: 'cancelled' },
      opened,
      parked,
    ] satisfies BranchEvent[])
      expect(after(waiting, next).followers['follower1']).not.toHaveProperty('window');
  });

  it('replaces a gate that opens again, and drops an undecided one at the end', () => {
    const again = { ...gate('wipe-follower/follower1'), token: 'new' };
    const open = after(start(), opened, { branch: 'follower1', type: 'gateOpened', gate: again });
    expect(open.followers['follower1']?.gates).toEqual([again]);
    const ended = after(open, { branch: 'follower1', type: 'branchEnded', phase: 'cancelled' });
    expect(ended.followers['follower1']?.gates).toEqual([]);
  });

  it('never changes the state it was given', () => {
    const before = start();
    const copy = structuredClone(before);
    after(before, opened, parked);
    expect(before).toEqual(copy);
  });
});

describe('outcomeOf', () => {
  it.each<[BranchPhase[], Outcome]>([
    [['done'], 'done'],
    [['nothing-to-do'], 'nothing-to-do'],
    [['done', 'nothing-to-do'], 'done'],
    [['rejected', 'rejected'], 'rejected'],
    [['cancelled'], 'cancelled'],
    [['aborted'], 'aborted'],
    [['done', 'rejected'], 'partial'],
    [['nothing-to-do', 'aborted'], 'partial'],
    [['cancelled', 'rejected'], 'partial'],
  ])('%j: %s', (phases, outcome) => {
    expect(outcomeOf(phases)).toBe(outcome);
  });
});

describe('the size of the state', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 3_000 });
  const step = fc.constantFrom(...STEPS.map(({ id }) => id));
  const code = fc.constantFrom(...(Object.keys(CODES) as FailureCode[]));
  const problem = fc.record({ code, message: text, detail: text, hint: text });
  const names = ['follower1', 'follower2'];
  const branch = fc.constantFrom('leader', ...names);
  const gateId = fc.constantFrom(
    'change-leader',
    ...names.flatMap((name) => [`wipe-follower/${name}`, `swap-follower/${name}`]),
  );
  const happening: fc.Arbitrary<RunEvent> = fc.oneof(
    fc.record({
      branch,
      type: fc.constant('stepDone' as const),
      step,
      at: fc.constant(AT),
      result: fc.record({
        changed: fc.boolean(),
        evidence: text,
        summary: fc.record({ differences: fc.array(text, { maxLength: 20 }) }),
      }),
    }),
    fc.record({
      branch,
      type: fc.constant('gateOpened' as const),
      gate: fc.tuple(gateId, text).map(([id, because]) => ({ ...gate(id), because })),
    }),
    fc.record({
      branch,
      type: fc.constant('gateDecided' as const),
      decision: fc.tuple(gateId, text).map(([id, reason]) => decision(id, reason)),
    }),
    fc.record({
      branch,
      type: fc.constant('parked' as const),
      failure: fc.tuple(problem, step).map(([one, id]) => ({
        ...one,
        failureId: 'b2f3a1de-0000-4000-8000-000000000000',
        step: id,
        kind: 'ask' as const,
        at: AT,
        actions: ['retry' as const],
      })),
    }),
    fc.record({
      branch,
      type: fc.constant('windowAwaited' as const),
      window: fc.constant({
        what: 'copy' as const,
        since: AT,
        ...WINDOW,
        window: '22:00-06:00 America/Argentina/ComodRivadavia',
      }),
    }),
    fc.record({ branch, type: fc.constant('leftovers' as const), lines: fc.array(text, { maxLength: 20 }) }),
    fc.record({
      type: fc.constant('planMade' as const),
      classes: fc.constant({ follower1: 'fresh' as const }),
      findings: fc.array(
        problem.map((one) => ({ ...one, severity: 'warning' as const, host: 'follower1' })),
        { maxLength: 30 },
      ),
    }),
  );

  it('stays below 6 kB a follower and 6 kB for the leader, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (events) => {
        const everything = STEPS.flatMap(({ id }) =>
          names.map((name): RunEvent => ({
            branch: name,
            type: 'stepDone',
            step: id,
            at: AT,
            result: { changed: true, evidence: 'e'.repeat(100) },
          })),
        );
        const state = after(start(...names), ...everything, ...events);
        expect(jsonBytes(state)).toBeLessThanOrEqual(stateBytesAllowed(state));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a usual run as it is', () => {
    const evidence = 'system identifier 7000000000000000001, label and manifest match';
    const done = (name: string) =>
      STEPS.map(({ id }): RunEvent => ({
        branch: name,
        type: 'stepDone',
        step: id,
        at: AT,
        result: { changed: true, evidence },
      }));
    const decided: BranchEvent = {
      branch: 'follower1',
      type: 'gateDecided',
      decision: decision('wipe-follower/follower1'),
    };
    const state = after(start(), opened, decided, ...done('follower1'));
    expect(new Set(state.followers['follower1']?.steps.map((one) => one.evidence))).toEqual(
      new Set([evidence]),
    );
  });

  it('counts bytes as UTF-8 does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(jsonBytes(value)).toBe(new TextEncoder().encode(JSON.stringify(value)).length);
      }),
    );
  });
});
