import type { RunInput } from './input.js';
import { fitDecisions, fitFindings, fitFollower, fitLeader } from './fit-run-state.js';
import { replacesGate } from './gates.js';
import type { GateState } from './gates.js';
import { LEADER_BRANCH } from './run-events.js';
import type { BranchEvent, RunEvent } from './run-events.js';
import { branchOf, phaseOf } from './run-phase.js';
import type { BranchState, RunState, StepState } from './run-state.js';
import { ALL_STEPS, STEPS, stepDefinition, STEPS_NOT_TAKEN } from './steps.js';
import type { StepId } from './steps.js';

export { LEADER_BRANCH } from './run-events.js';
export type { BranchEvent, RunEvent, WholeRunEvent } from './run-events.js';
export { branchesOf, branchOf, memoOf, outcomeOf } from './run-phase.js';

/** A run of which nothing is known yet. `at`: ISO time of the start. */
export function initialRunState({ config, kind, requester }: RunInput, at: string): RunState {
  const { replication, copy } = config;
  // Until a plan says otherwise, a copy is made side by side where that is not ruled out.
  const others = STEPS_NOT_TAKEN[copy.mode === 'in-place' ? 'in-place' : 'side-by-side'];
  const wanted = STEPS.filter(({ id }) =>
    kind === undefined
      ? !others.includes(id) && (id !== 'prepareSwitchover' || replication.prepareSwitchover)
      : id === 'surveyAndPlan',
  );
  const branch = (once: boolean): BranchState => ({
    phase: 'planning',
    steps: wanted.filter((step) => step.once === once).map(({ id }) => pending(id)),
    gates: [],
    leftovers: [],
  });
  return {
    version: 1,
    ...(kind === undefined ? {} : { kind }),
    cluster: config.cluster,
    phase: 'planning',
    requester,
    startedAt: at,
    leader: branch(true),
    followers: Object.fromEntries(config.followers.map(({ name }) => [name, branch(false)])),
    decisions: [],
    findings: [],
  };
}

/** Pure: the same events give the same state, on the worker and in a replay. */
export function reduceRunState(state: RunState, event: RunEvent): RunState {
  const next = 'branch' in event ? inBranch(state, event) : wholeRun(state, event);
  return { ...next, phase: phaseOf(next) };
}

function wholeRun(state: RunState, event: Exclude<RunEvent, BranchEvent>): RunState {
  if (event.type === 'runClosed') return { ...state, endedAt: event.at, outcome: event.outcome };
  const followers = Object.entries(state.followers).map(([name, branch]) => {
    const found = event.classes[name];
    const classed = found === undefined ? branch : { ...branch, class: found };
    return [name, withCourse(classed, event.courses?.[name] ?? [])] as const;
  });
  return {
    ...state,
    findings: fitFindings(event.findings, followers.length + 1),
    followers: Object.fromEntries(followers),
  };
}

function inBranch(state: RunState, event: BranchEvent): RunState {
  const before = branchOf(state, event.branch);
  if (before === undefined) return state;
  const after = withoutWindow(reduceBranch(before, event));
  const next =
    event.branch === LEADER_BRANCH
      ? { ...state, leader: fitLeader(waitingForFollowers(after)) }
      : { ...state, followers: { ...state.followers, [event.branch]: fitFollower(after) } };
  if (event.type !== 'gateDecided') return next;
  return { ...next, decisions: fitDecisions([...state.decisions, event.decision]) };
}

function reduceBranch(branch: BranchState, event: BranchEvent): BranchState {
  switch (event.type) {
    case 'branchPhase':
      return { ...withoutFailure(branch), phase: event.phase };
    case 'windowAwaited':
      return { ...branch, phase: 'window', window: event.window };
    case 'gateOpened':
      return { ...branch, phase: 'gate', gates: [...openedBefore(branch, event.gate), event.gate] };
    case 'gateReminded':
      return {
        ...branch,
        gates: branch.gates.map((gate) =>
          gate.id === event.gateId
            ? { ...gate, reminders: (gate.reminders ?? 0) + 1, remindedAt: event.at }
            : gate,
        ),
      };
    case 'gateDecided':
      return {
        ...branch,
        gates: branch.gates.map((gate) =>
          gate.id === event.decision.gateId ? { ...gate, decision: event.decision } : gate,
        ),
      };
    case 'gateWithdrawn':
      return { ...branch, gates: branch.gates.filter(({ id }) => id !== event.gateId) };
    case 'gatesClosed':
      return { ...branch, gates: event.decided ? [] : decidedGates(branch) };
    case 'held':
      return { ...branch, hold: event.hold };
    case 'released':
      return withoutHold(branch);
    case 'leftovers':
      return { ...branch, leftovers: [...branch.leftovers, ...event.lines] };
    case 'branchEnded':
      return {
        ...withoutHold(withoutFailure(branch)),
        phase: event.phase,
        gates: decidedGates(branch),
        steps: branch.steps.map((step) => (step.status === 'running' ? { ...step, status: 'failed' } : step)),
      };
    default:
      return reduceSteps(branch, event);
  }
}

type StepEvent = Extract<
  BranchEvent,
  { type: 'stepStarted' | 'stepDone' | 'stepSkipped' | 'stepDropped' | 'parked' | 'resumed' }
>;

function reduceSteps(branch: BranchState, event: StepEvent): BranchState {
  switch (event.type) {
    case 'stepStarted': {
      const { step, at } = event;
      const phase = step === 'surveyAndPlan' ? 'planning' : 'working';
      return withStep({ ...branch, phase }, step, ({ id, attempt }) => ({
        id,
        status: 'running',
        startedAt: at,
        attempt: attempt + 1,
      }));
    }
    case 'stepDone': {
      const { changed, evidence, summary } = event.result;
      const next = summary === undefined ? branch : { ...branch, summary: { ...branch.summary, ...summary } };
      return withStep(next, event.step, (step) => ({
        ...step,
        status: 'done',
        endedAt: event.at,
        changed,
        evidence,
      }));
    }
    case 'stepSkipped':
      return withStep(branch, event.step, (step) => ({ ...step, status: 'skipped', endedAt: event.at }));
    case 'stepDropped':
      return withStep(branch, event.step, (step) => ({ ...step, status: event.status, endedAt: event.at }));
    case 'parked': {
      const { failure } = event;
      const next: BranchState = { ...branch, phase: 'BLOCKED', failure };
      return withStep(next, failure.step, (step) => ({ ...step, status: 'failed', endedAt: failure.at }));
    }
    case 'resumed':
      return {
        ...withoutFailure(branch),
        phase: 'working',
        answers: [...(branch.answers ?? []), event.answer],
      };
  }
}

function withStep(branch: BranchState, id: StepId, change: (step: StepState) => StepState): BranchState {
  // A follower that is surveyed again by itself has no such step in its list yet.
  const steps = branch.steps.some((step) => step.id === id) ? branch.steps : [pending(id), ...branch.steps];
  return { ...branch, steps: steps.map((step) => (step.id === id ? change(step) : step)) };
}

/** The leader's own gate is all it waits for at one; once that is approved, it is the followers' turn to need it. */
function waitingForFollowers(leader: BranchState): BranchState {
  const open = leader.gates.some(({ decision }) => decision?.verdict !== 'approved');
  return leader.phase === 'gate' && !open ? { ...leader, phase: 'queued' } : leader;
}

/** Only the steps the plan takes are shown as still to come; those that have run stay. */
function withCourse(branch: BranchState, course: readonly StepId[]): BranchState {
  if (course.length === 0) return branch;
  const ran = (id: StepId) => branch.steps.find((step) => step.id === id && step.status !== 'pending');
  const steps = ALL_STEPS.filter(({ id }) => course.includes(id) || ran(id) !== undefined)
    .filter(({ id, once }) => !once || branch.steps.some((step) => step.id === id))
    .map(({ id }) => ran(id) ?? pending(id));
  return { ...branch, steps };
}

const pending = (id: StepId): StepState => ({ id: stepDefinition(id).id, status: 'pending', attempt: 0 });

const openedBefore = (branch: BranchState, { kind }: GateState) =>
  branch.gates.filter((gate) => !replacesGate(gate.kind, kind));

const decidedGates = (branch: BranchState) => branch.gates.filter(({ decision }) => decision !== undefined);

/** It is waited for in no other phase. */
function withoutWindow({ window, ...branch }: BranchState): BranchState {
  return window === undefined || branch.phase !== 'window' ? branch : { ...branch, window };
}

function withoutHold({ hold: _, ...branch }: BranchState): BranchState {
  return branch;
}

function withoutFailure({ failure: _, ...branch }: BranchState): BranchState {
  return branch;
}
