import { LEADER_BRANCH } from '../../workflows/contract/run-events.js';
import type { BranchState, StepState } from '../../workflows/contract/run-state.js';
import { stepDefinition } from '../../workflows/contract/steps.js';
import type { RunView } from '../run-view.js';
import { progressEvents } from './progress-events.js';
import type { Event } from './progress-events.js';
import { clock } from './time.js';
import { waitsForWindow } from './windows.js';
import { BRANCH_WORDS, evidenceOf, outcomeWords } from './words.js';

/** What happened between two looks at a run, one line an event; for logs and pipes. */
export function eventLines(before: RunView | undefined, view: RunView): string[] {
  const line = (at: string, text: string): string => `${clock(at)} ${text.replaceAll(/\s+/g, ' ')}`;
  const events: Event[] = [
    ...(before === undefined ? [began(view)] : []),
    ...branches(view).flatMap(([name, branch]) =>
      branchEvents(view, name, branchBefore(before, name), branch),
    ),
    ...progressEvents(before, view),
    ...decisionEvents(before, view),
    ...retryEvents(before, view),
    ...problemEvents(before, view),
    ...endEvents(before, view),
  ];
  // ISO times sort as text; what happened at one moment stays in the order above.
  return events.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([at, text]) => line(at, text));
}

const began = ({ startedAt, cluster, requester }: RunView): Event => [
  startedAt,
  `${cluster}: started${requester === '' ? '' : ` by ${requester}`}`,
];

const branches = (view: RunView): [string, BranchState][] => [
  [LEADER_BRANCH, view.leader],
  ...Object.entries(view.followers),
];

const branchBefore = (before: RunView | undefined, name: string): BranchState | undefined =>
  name === LEADER_BRANCH ? before?.leader : before?.followers[name];

function branchEvents(
  view: RunView,
  name: string,
  before: BranchState | undefined,
  branch: BranchState,
): Event[] {
  const steps = branch.steps.flatMap((step) =>
    stepEvents(
      name,
      before?.steps.find(({ id }) => id === step.id),
      step,
      view.at,
    ),
  );
  const gates = branch.gates
    .filter(
      ({ token, decision }) => decision === undefined && !before?.gates.some((old) => old.token === token),
    )
    .map(({ id, openedAt }): Event => [
      openedAt,
      `${name}: gate ${id} is open; read the card with: runbook show ${view.cluster}`,
    ]);
  const { failure } = branch;
  const parked: Event[] =
    failure === undefined || failure.failureId === before?.failure?.failureId
      ? []
      : [
          [
            failure.at,
            `${name}: BLOCKED at ${stepDefinition(failure.step).title}: ${failure.message} [${failure.code}]; ` +
              `decide with: runbook resume ${view.cluster} --follower ${name} (${failure.actions.map((action) => `--${action}`).join(', ')})`,
          ],
        ];
  const answered = (branch.answers ?? [])
    .filter(({ at }) => before?.answers?.some((old) => old.at === at) !== true)
    .map(({ at, code, action, by, reason }): Event => [
      at,
      `${name}: ${code} answered with ${action} by ${by}${reason === undefined ? '' : ` (${reason})`}`,
    ]);
  const { window } = branch;
  const waiting: Event[] =
    window === undefined || window.opensAt === before?.window?.opensAt
      ? []
      : [[window.since, `${name}: ${waitsForWindow(window, window.since)}`]];
  const left = branch.leftovers
    .filter((line) => !before?.leftovers.includes(line))
    .map((line): Event => [view.at, `${name}: left behind: ${line}`]);
  const ended: Event[] =
    ENDED.includes(branch.phase) && before?.phase !== branch.phase
      ? [[view.endedAt ?? view.at, `${name}: ${BRANCH_WORDS[branch.phase]}`]]
      : [];
  return [
    ...steps,
    ...gates,
    ...waiting,
    ...parked,
    ...answered,
    ...left,
    ...(name === LEADER_BRANCH ? [] : ended),
  ];
}

const ENDED: readonly BranchState['phase'][] = [
  'undoing',
  'done',
  'nothing-to-do',
  'rejected',
  'cancelled',
  'aborted',
];

function stepEvents(name: string, before: StepState | undefined, step: StepState, now: string): Event[] {
  const { title } = stepDefinition(step.id);
  if (before?.status === step.status && before.attempt === step.attempt) return [];
  const told = evidenceOf(step);
  const evidence = told === '' ? '' : `: ${told}`;
  switch (step.status) {
    case 'running':
      return [[step.startedAt ?? now, `${name}: ${title} ...`]];
    case 'done':
      return [
        [
          step.endedAt ?? now,
          `${name}: ${title} done${step.changed === false ? ', nothing to change' : ''}${evidence}`,
        ],
      ];
    case 'skipped':
      return [[step.endedAt ?? now, `${name}: ${title} skipped`]];
    // A failed step is told by the failure the branch is parked on.
    case 'failed':
    case 'pending':
      return [];
  }
}

function decisionEvents(before: RunView | undefined, view: RunView): Event[] {
  return view.decisions
    .filter(({ token }) => !before?.decisions.some((old) => old.token === token))
    .map(({ at, gateId, verdict, by, reason }): Event => [
      at,
      `${gateId}: ${verdict} by ${by}${reason === undefined ? '' : ` (${reason})`}`,
    ]);
}

function retryEvents(before: RunView | undefined, view: RunView): Event[] {
  return Object.entries(view.retry)
    .filter(
      ([name, { step, message }]) =>
        before?.retry[name]?.step !== step || before.retry[name].message !== message,
    )
    .map(([name, { attempt, message, step }]): Event => [
      view.at,
      `${name}: ${step} tries again (attempt ${String(attempt)}): ${message}`,
    ]);
}

function problemEvents(before: RunView | undefined, { problem, at, cluster, worker }: RunView): Event[] {
  if (before?.worker === 'absent' && worker === 'seen') return [[at, `${cluster}: a worker is there again`]];
  if (problem === undefined || before?.problem?.code === problem.code) return [];
  return [[at, `${cluster}: ${problem.message} [${problem.code}]`]];
}

function endEvents(before: RunView | undefined, view: RunView): Event[] {
  const { outcome, endedAt, at, cluster, kind } = view;
  return outcome === undefined || before?.outcome !== undefined
    ? []
    : [[endedAt ?? at, `${cluster}: ${outcomeWords(outcome, kind)}`]];
}
