import { followerGateKind, gateIdOf } from '../../workflows/contract/gates.js';
import { blockersOf } from '../../workflows/contract/plan.js';
import type { PlannedStep } from '../../workflows/contract/card.js';
import type { FollowerPlan, Plan } from '../../workflows/contract/plan.js';
import { field } from './field.js';
import { renderFindings } from './findings.js';
import { edges, labelled } from './layout.js';
import {
  followerFields,
  followerSections,
  leaderGoingBackLines,
  leaderFields,
  settingLines,
  shortFingerprint,
  stepLines,
} from './plan-parts.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';
import { windowTexts } from './windows.js';

/** All that a run would do, as text for a change request. */
export function renderPlan(plan: Plan, style: Style): string {
  const colors = paint(style);
  const [title = '', ...rest] = edges(
    `Plan for ${plan.cluster}`,
    `made ${dateTime(plan.madeAt)}`,
    style.width,
  );
  return [
    colors.bold(title),
    ...rest,
    glyphs(style).rule.repeat(style.width),
    ...leaderPart(plan, style),
    ...Object.values(plan.followers).flatMap((follower) => followerPart(plan, follower, style)),
    ...stepsPart(allSteps(plan), style),
    ...findingsPart(plan, style),
    '',
    ...verdict(plan, style),
  ].join('\n');
}

function leaderPart({ leader }: Plan, style: Style): string[] {
  const { bold } = paint(style);
  if (leader === undefined) return ['', bold('Leader'), '  could not be surveyed; see the findings'];
  return [
    '',
    bold(`Leader ${leader.target.name}`),
    ...leaderFields(leader, style),
    ...gateLine(leader.needsGate, gateIdOf('change-leader'), leader.fingerprint, style),
    ...settingLines(leader, style),
    ...leaderGoingBackLines(leader, style),
  ];
}

function followerPart(plan: Plan, follower: FollowerPlan, style: Style): string[] {
  const { target, needsGate } = follower;
  return [
    '',
    paint(style).bold(`Follower ${target.name}`),
    ...followerFields(follower, style),
    ...windowTexts(plan, follower).flatMap(([label, text]) => field(label, text, style)),
    ...gateLine(needsGate, gateIdOf(followerGateKind(target.remedy), target.name), target.fingerprint, style),
    ...followerSections(follower, style),
  ];
}

const gateLine = (needed: boolean, id: string, fingerprint: string, style: Style): string[] =>
  labelled(
    'Approval',
    needed ? `gate ${id}, fingerprint ${shortFingerprint(fingerprint)}` : 'none needed: nothing is changed',
    style,
    13,
    2,
  );

const allSteps = (plan: Plan): PlannedStep[] => [
  ...(plan.leader?.steps ?? []),
  ...Object.values(plan.followers).flatMap(({ steps }) => steps),
];

function stepsPart(steps: PlannedStep[], style: Style): string[] {
  if (steps.length === 0) return [];
  return ['', paint(style).bold('Steps'), ...stepLines(steps, style)];
}

function findingsPart({ findings }: Plan, style: Style): string[] {
  if (findings.length === 0) return [];
  return ['', paint(style).bold('Findings'), ...renderFindings(findings, style)];
}

function verdict(plan: Plan, style: Style): string[] {
  const { bold, red, green } = paint(style);
  const blockers = blockersOf(plan).length;
  if (blockers > 0)
    return [
      bold(
        red(`${String(blockers)} blocker${blockers === 1 ? '' : 's'}: a run would stop at once and wait.`),
      ),
    ];
  const gates = [plan.leader, ...Object.values(plan.followers)].filter(
    (part) => part?.needsGate === true,
  ).length;
  if (gates === 0 && allSteps(plan).length === 0) return [bold(green('Nothing to do.'))];
  if (gates === 0) return ['A run needs no approval.', `To begin: runbook start ${plan.cluster}`];
  return [
    `Nothing was changed. A run changes nothing before ${gates === 1 ? 'its gate is' : `its ${String(gates)} gates are`} approved.`,
    `To begin: runbook start ${plan.cluster}`,
  ];
}
