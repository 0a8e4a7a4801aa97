import { shellQuote } from '../../planning/shell-quote.js';
import type { GateState } from '../../workflows/contract/gates.js';
import type { PlannedStep } from '../../workflows/contract/card.js';
import type { Finding, Plan } from '../../workflows/contract/plan.js';
import type { FollowerTarget } from '../../workflows/contract/target.js';
import { isCoveredBy, replacingStep, stepIndex } from '../../workflows/contract/steps.js';
import type { StepId } from '../../workflows/contract/steps.js';
import { changedPart } from './card-changes.js';
import { renderFindings } from './findings.js';
import { edges } from './layout.js';
import { field } from './field.js';
import {
  followerFields,
  followerSections,
  leaderGoingBackLines,
  leaderFields,
  settingLines,
  shortFingerprint,
  stepLines,
  swapFields,
} from './plan-parts.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';
import { windowTexts } from './windows.js';

/**
 * What somebody approves: what is taken away, what is changed and how, and what to type. `asked`: the
 * question follows right below, so the commands that would decide the gate are left out.
 */
export function renderCard(gate: GateState, plan: Plan, style: Style, asked = false): string {
  const colors = paint(style);
  const { rule } = glyphs(style);
  const [head = '', ...rest] = edges(titleOf(gate, plan), `gate ${gate.id}`, style.width);
  const steps = stepsOf(gate, plan);
  return [
    rule.repeat(style.width),
    colors.bold(head),
    ...rest,
    rule.repeat(style.width),
    ...facts(gate, plan, style),
    ...changedPart(gate, plan, style),
    '',
    colors.bold('Steps this approval covers'),
    ...(steps.length === 0 ? ['  none'] : stepLines(steps, style)),
    ...findingsPart(findingsOf(gate, plan), style),
    '',
    colors.bold('Approval'),
    ...approvalFields(gate, style),
    ...(asked ? [] : ['', ...commandsFor(gate, plan.cluster, style)]),
    rule.repeat(style.width),
  ].join('\n');
}

const titleOf = (gate: GateState, plan: Plan): string =>
  gate.kind === 'change-leader'
    ? `Change ${gate.name}, the leader`
    : gate.kind === 'swap-follower'
      ? `Stop ${gate.name} ${plan.windows?.swap === undefined ? 'now' : 'in its window'} and ${inPlace(gate, plan) ? 'DELETE its data' : 'put its copy in place'}`
      : gate.kind === 'wipe-follower'
        ? `${inPlace(gate, plan) ? 'DELETE' : 'Replace'} the data of ${gate.name}${inPlace(gate, plan) ? ', then copy' : ' with a copy of'} ${leaderName(plan)}${inPlace(gate, plan) ? ' into its place' : ''}`
        : gate.kind === 'undo-replacement'
          ? `Put the former data of ${gate.name} back`
          : gate.kind === 'purge-replaced'
            ? `Delete what was set aside on ${gate.name}`
            : plan.followers[gate.name]?.target.remedy === 'start'
              ? `Start ${gate.name}, a follower of ${leaderName(plan)}; its data stays`
              : `Repair ${gate.name}, a follower of ${leaderName(plan)}; its data stays`;

const inPlace = (gate: GateState, plan: Plan): boolean =>
  plan.followers[gate.name]?.target.mode === 'in-place';

const leaderName = (plan: Plan): string => plan.leader?.target.name ?? 'the leader';

/** How a question or a message names what has to be typed besides the name. */
export const identifierWords = (identifier: string): string =>
  identifier.startsWith('/') ? 'the path of its data directory' : 'its system identifier';

const toType = ({ name, identifier }: GateState): string =>
  identifier === undefined ? name : `${name}, then ${identifierWords(identifier)} ${identifier}`;

function facts(gate: GateState, plan: Plan, style: Style): string[] {
  if (gate.kind === 'change-leader') {
    if (plan.leader === undefined) return [];
    return [
      ...leaderFields(plan.leader, style),
      ...settingLines(plan.leader, style),
      ...leaderGoingBackLines(plan.leader, style),
    ];
  }
  const follower = plan.followers[gate.name];
  if (follower === undefined) return [];
  const windows = windowTexts(plan, follower);
  const fields = (texts: typeof windows): string[] =>
    texts.flatMap(([label, text]) => field(label, text, style));
  if (gate.kind === 'swap-follower')
    return [...swapFields(follower, style), ...fields(windows.filter(([label]) => label === 'Swap'))];
  return [...followerFields(follower, style), ...fields(windows), ...followerSections(follower, style)];
}

function stepsOf(gate: GateState, plan: Plan): PlannedStep[] {
  const followers = Object.entries(plan.followers);
  const steps =
    gate.kind === 'change-leader'
      ? [...(plan.leader?.steps ?? []), ...followers.flatMap(([, { steps: own }]) => own)]
      : (plan.followers[gate.name]?.steps ?? []);
  return steps.filter(({ step }) => isCovered(gate, plan.followers[gate.name]?.target, step));
}

/** The swap's approval covers what the plan's has left: from the swap on, or from the wipe. */
const isCovered = ({ kind }: GateState, target: FollowerTarget | undefined, step: StepId): boolean =>
  kind === 'swap-follower'
    ? stepIndex(step) >= stepIndex(replacingStep(target ?? { mode: 'side-by-side' }))
    : isCoveredBy(step, kind);

const findingsOf = (gate: GateState, plan: Plan): Finding[] => {
  const host = gate.kind === 'change-leader' ? plan.leader?.target.name : gate.name;
  return plan.findings.filter(
    (finding) => finding.host === undefined || finding.host === host || finding.host === gate.name,
  );
};

const findingsPart = (findings: Finding[], style: Style): string[] =>
  findings.length === 0 ? [] : ['', paint(style).bold('Findings'), ...renderFindings(findings, style)];

function approvalFields(gate: GateState, style: Style): string[] {
  const { bold } = paint(style);
  const { id, epoch, adopted } = gate.op;
  return [
    bold(field('Fingerprint', shortFingerprint(gate.fingerprint), style).join('\n')),
    ...field(
      'Operation',
      `${id}, epoch ${String(epoch)}${adopted ? ', taken over from an earlier run' : ''}`,
      style,
    ),
    ...field('Open until', `${dateTime(gate.expiresAt)}; after that it counts as rejected`, style),
    ...field('Type', toType(gate), style).map((line) => bold(line)),
  ];
}

function commandsFor(gate: GateState, cluster: string, style: Style): string[] {
  const { cyan } = paint(style);
  return [
    'On a terminal, card by card:',
    cyan(`  runbook approve ${cluster}`),
    'Without one:',
    cyan(`  runbook approve ${cluster} --gate ${gate.id} \\`),
    cyan(
      `    --confirm ${gate.name} --fingerprint ${shortFingerprint(gate.fingerprint)}${gate.identifier === undefined ? '' : ' \\'}`,
    ),
    ...(gate.identifier === undefined ? [] : [cyan(`    --identifier ${shellQuote(gate.identifier)}`)]),
    'To refuse:',
    cyan(`  runbook reject ${cluster} --gate ${gate.id} --reason TEXT`),
  ];
}
