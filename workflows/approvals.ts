import { gateIdOf } from './contract/gates.js';
import type { Decision } from './contract/gates.js';
import { isReplacing, stepDefinition } from './contract/steps.js';
import type { StepId } from './contract/steps.js';
import { PlanOutdated } from './endings.js';
import { gateOf, gateSubject, swapGateOf } from './gate.js';
import type { GateSubject } from './gate.js';
import type { Branch, Run } from './run.js';

/** The decisions in hand for a branch, the leader's first; they travel with every step. */
export function approvalsFor(run: Run, branch: Branch): Decision[] {
  const decisions = branchesConcerned(run, branch).map((one) => decisionInForce(run, one));
  return [...decisions, swapGateOf(run, branch)?.decision].filter(
    (decision): decision is Decision => decision?.verdict === 'approved',
  );
}

/** A decision on a plan that needs none any more is no decision. */
const decisionInForce = (run: Run, branch: Branch): Decision | undefined =>
  gateSubject(run, branch) === undefined ? undefined : gateOf(run, branch)?.decision;

/**
 * Before a gated step: each approval it rests on is still good. A day spent parked makes one too old.
 * Once the old data is out of service the rest only finishes what was approved, so nothing is asked again.
 */
export function requireApprovals(run: Run, branch: Branch, step: StepId): void {
  if (isReplaced(branch)) return;
  // Given with the finished copy in sight, for the same fingerprint: the plan's own may have grown old meanwhile.
  if (isReplacing(step) && swapIsApproved(run, branch)) return;
  for (const one of branchesCovering(run, branch, step)) {
    const subject = gateSubject(run, one);
    if (subject === undefined) continue;
    const decision = gateOf(run, one)?.decision;
    if (decision !== undefined && isGood(run, decision, subject)) continue;
    throw new PlanOutdated(subject.kind, 'The approval was given too long ago, or for another plan.');
  }
}

/** The old data is out of service: swapped for the copy, or deleted before it. */
export const isReplaced = ({ swap }: Branch): boolean => swap === 'wiped' || swap === 'after';

/** From when on (epoch ms) `requireApprovals` no longer lets the step pass because of its approvals' age. */
export function approvalsEndAt(run: Run, branch: Branch, step: StepId): number {
  const decisions =
    isReplacing(step) && swapIsApproved(run, branch)
      ? [swapGateOf(run, branch)?.decision]
      : branchesCovering(run, branch, step).map((one) => decisionInForce(run, one));
  const ends = decisions
    .filter((decision) => decision !== undefined)
    .map(({ at }) => Date.parse(at) + run.input.config.approval.validForMs + 1);
  return Math.min(...ends);
}

export function swapIsApproved(run: Run, branch: Branch): boolean {
  const [subject, decision] = [gateSubject(run, branch), swapGateOf(run, branch)?.decision];
  return (
    subject !== undefined &&
    decision !== undefined &&
    isGood(run, decision, { ...subject, kind: 'swap-follower' })
  );
}

/** Whether a person's approval stands behind the step, so that surveying again asks a person again. */
export const restsOnApproval = (run: Run, branch: Branch, step: StepId): boolean =>
  branchesCovering(run, branch, step).some((one) => decisionInForce(run, one) !== undefined);

function isGood(run: Run, decision: Decision, { kind, name, fingerprint, op }: GateSubject): boolean {
  if (decision.gateId !== gateIdOf(kind, name)) return false;
  const same = decision.fingerprint === fingerprint && decision.op === op.id && decision.epoch === op.epoch;
  return decision.verdict === 'approved' && same && !tooOld(run, decision);
}

export const tooOld = (run: Run, decision: Decision | undefined): boolean =>
  decision !== undefined && Date.now() - Date.parse(decision.at) > run.input.config.approval.validForMs;

function branchesCovering(run: Run, branch: Branch, step: StepId): Branch[] {
  const { gate } = stepDefinition(step);
  if (gate === undefined) return [];
  // What is done on the leader for a follower needs both: nothing is done for one that nobody approved.
  return gate === 'change-leader' ? branchesConcerned(run, branch) : [branch];
}

const branchesConcerned = (run: Run, branch: Branch): Branch[] =>
  branch === run.leader ? [branch] : [run.leader, branch];
