import { formatDuration } from '../../planning/format.js';
import { CODES } from '../../workflows/contract/codes.js';
import { LEADER_BRANCH } from '../../workflows/contract/run-events.js';
import type { BranchState, StepState } from '../../workflows/contract/run-state.js';
import { isJobStep, stepDefinition } from '../../workflows/contract/steps.js';
import type { RunView } from '../run-view.js';
import { toldOf } from './evidence.js';
import type { EvidenceForm } from './evidence.js';
import { edges, labelled } from './layout.js';
import { renderProblem } from './problem.js';
import { renderProgress } from './progress.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { renderSummary } from './summary.js';
import { clock, elapsedMs } from './time.js';
import { windowLines } from './windows.js';
import { BRANCH_WORDS, evidenceOf, OUTCOME_NAMES, RUN_WORDS } from './words.js';

/** Where a run stands; each frame of `watch` has one line of evidence a step, `show` all of it. */
export function renderRun(view: RunView, style: Style, form: EvidenceForm = 'line'): string {
  return [
    ...heading(view, style),
    ...branchLines(view, 'Leader', LEADER_BRANCH, view.leader, style, form),
    ...Object.entries(view.followers).flatMap(([name, branch]) =>
      branchLines(view, `Follower ${name}`, name, branch, style, form),
    ),
    ...lastTold(view, style),
    ...openGates(view, style),
    ...(view.outcome === undefined ? [] : renderSummary(view, style)),
    ...wholeProblem(view, style),
  ].join('\n');
}

function heading(view: RunView, style: Style): string[] {
  const { bold } = paint(style);
  const { startedAt, endedAt, requester, cluster, kind } = view;
  const by = requester === '' ? '' : ` by ${requester}`;
  const took = formatDuration(elapsedMs(startedAt, endedAt ?? view.at));
  const when = `started ${clock(startedAt)}${by}, ${endedAt === undefined ? `${took} ago` : `took ${took}`}`;
  const phase = view.outcome === undefined ? RUN_WORDS[view.phase] : OUTCOME_NAMES[view.outcome];
  const [head = '', ...rest] = edges(
    `${cluster}: ${kind === undefined ? '' : `${kind} `}${phase}`,
    when,
    style.width,
  );
  const needs = view.worker === 'absent' ? view.needs.map((need) => `  waits for: ${need}`) : [];
  return [bold(head), ...rest, ...needs];
}

/** With no worker there is no state of the steps; what the last one told of a copy is kept by the server. */
const lastTold = (view: RunView, style: Style): string[] =>
  Object.entries(view.progress)
    .filter(([name]) => view.followers[name] === undefined)
    .flatMap(([name, progress]) => [`  ${name}, as last told:`, ...renderProgress(progress, style, '    ')]);

function branchLines(
  view: RunView,
  title: string,
  name: string,
  branch: BranchState,
  style: Style,
  form: EvidenceForm,
): string[] {
  if (branch.steps.length === 0) return [];
  const { bold } = paint(style);
  const what = branch.class ?? '';
  const state = name === LEADER_BRANCH && branch.phase === 'queued' ? '' : BRANCH_WORDS[branch.phase];
  const [head = '', ...rest] = edges(
    title,
    [what, state].filter((text) => text !== '').join(', '),
    style.width,
  ).map((line) => line.trimEnd());
  return [
    '',
    bold(head),
    ...rest,
    ...branch.steps.flatMap((step) => stepLines(view, name, step, style, form)),
    ...windowLines(branch, view.cluster, view.at, style),
    ...holdLines(branch, view, style),
    ...failureLines(view, name, branch, style),
    ...leftoverLines(branch, style),
  ];
}

function holdLines({ hold }: BranchState, { cluster, at }: RunView, style: Style): string[] {
  if (hold === undefined) return [];
  const why = hold.reason === undefined ? '' : `: ${hold.reason}`;
  const since = formatDuration(elapsedMs(hold.at, at));
  const text = `${hold.by}, ${since} ago${why}; no new step begins. Let it go on with \`runbook release ${cluster}\``;
  return labelled('held by ', text, style, 8, 2);
}

function stepLines(
  view: RunView,
  branch: string,
  step: StepState,
  style: Style,
  form: EvidenceForm,
): string[] {
  const { title } = stepDefinition(step.id);
  const took = step.startedAt === undefined || step.status === 'pending' ? '' : tookText(view, step);
  const head = `  ${marks(style)[step.status]} ${title.padEnd(33)}`;
  const column = plainLength(title);
  const room = style.width - column - took.length - 2;
  const text = step.status === 'done' ? evidenceOf(step) : step.status === 'pending' ? '' : step.status;
  const { beside, below } = toldOf(text, column, room, form, style);
  const lines = [`${head}${beside.padEnd(Math.max(0, room))}  ${took}`.trimEnd(), ...below];
  if (step.status !== 'running') return lines;
  const progress = view.progress[branch];
  const retry = view.retry[branch] ?? (branch === LEADER_BRANCH ? leaderRetry(view, step.id) : undefined);
  return [
    ...lines,
    ...(progress !== undefined && hasProgress(step.id) ? renderProgress(progress, style, '      ') : []),
    ...(retry?.step === step.id
      ? labelled('', `attempt ${String(retry.attempt)}; the last one: ${retry.message}`, style, 0, 6)
      : []),
  ];
}

const plainLength = (title: string): number => 4 + Math.max(33, title.length);

const hasProgress = (id: StepState['id']): boolean =>
  isJobStep(id) || id === 'rehearseFollower' || id === 'verifyStreaming';

/** Steps on the leader are named after its host. */
const leaderRetry = (view: RunView, step: string): RunView['retry'][string] | undefined =>
  Object.values(view.retry).find((retry) => retry.step === step);

const tookText = (view: RunView, { startedAt, endedAt }: StepState): string =>
  formatDuration(elapsedMs(startedAt ?? view.at, endedAt ?? view.at));

function marks(style: Style): Record<StepState['status'], string> {
  const { green, cyan, red, yellow, dim } = paint(style);
  const { done, running, pending, failed, skipped } = glyphs(style);
  return {
    done: green(done),
    running: cyan(running),
    pending: dim(pending),
    failed: red(failed),
    skipped: yellow(skipped),
  };
}

function failureLines(view: RunView, name: string, { failure }: BranchState, style: Style): string[] {
  if (failure === undefined) return [];
  const several =
    [view.leader, ...Object.values(view.followers)].filter((branch) => branch.failure).length > 1;
  const whom = several ? ` --follower ${name}` : '';
  const command = `runbook resume ${view.cluster}${whom}`;
  const { cyan } = paint(style);
  return [
    '',
    renderProblem({ ...failure, hint: failure.hint ?? CODES[failure.code].action }, style, 'error', '  '),
    '  The run waits here for a decision:',
    ...failure.actions.map((action) => cyan(`    ${command} --${action}`)),
  ];
}

function leftoverLines({ leftovers }: BranchState, style: Style): string[] {
  if (leftovers.length === 0) return [];
  return ['  Left behind on the hosts:', ...leftovers.flatMap((line) => labelled('- ', line, style, 2, 4))];
}

function openGates(view: RunView, style: Style): string[] {
  const { bold, yellow, cyan } = paint(style);
  const open = [view.leader, ...Object.values(view.followers)]
    .flatMap(({ gates }) => gates)
    .filter(({ decision }) => decision === undefined);
  if (open.length === 0) return [];
  return [
    '',
    bold(yellow(open.length === 1 ? 'One gate is open' : `${String(open.length)} gates are open`)),
    ...open.map(({ id, openedAt }) => `  ${id.padEnd(30)} since ${clock(openedAt)}`),
    cyan(`  runbook approve ${view.cluster}`),
  ];
}

const wholeProblem = ({ problem }: RunView, style: Style): string[] =>
  problem === undefined
    ? []
    : ['', renderProblem(problem, style, problem.code === 'WORKER_ABSENT' ? 'warning' : 'error')];
