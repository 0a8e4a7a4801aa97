import { condition, isCancellation, uuid4 } from '@temporalio/workflow';
import { showCard } from './card.js';
import { followerGateKind, gateIdOf } from './contract/gates.js';
import type { Decision, GateKind, GateState } from './contract/gates.js';
import type { Operation } from './contract/target.js';
import { needsLeaderGate } from './course.js';
import { BranchEnded, PlanOutdated } from './endings.js';
import { remindersFrom } from './reminders.js';
import { replanIsWanted, throwIfReplanIsWanted } from './replan-wanted.js';
import { branchState, dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';

/** What a gate asks approval for. */
export interface GateSubject {
  kind: GateKind;
  /** The name to type. */
  name: string;
  /** What to type as well. */
  identifier?: string;
  fingerprint: string;
  op: Operation;
}

/** What the branch's gate is for, as planned now; undefined: it changes nothing that needs one. */
export function gateSubject(run: Run, branch: Branch): GateSubject | undefined {
  const { plan } = run;
  if (branch === run.leader) {
    if (plan?.leader?.needsGate !== true) return undefined;
    const { target, fingerprint } = plan.leader;
    return { kind: 'change-leader', name: target.name, fingerprint, op: target.op };
  }
  const follower = plan?.followers[branch.name];
  if (follower?.needsGate !== true) return undefined;
  const { name, fingerprint, op, remedy } = follower.target;
  const { identifier } = follower;
  return {
    kind: followerGateKind(remedy),
    name,
    ...(identifier === undefined ? {} : { identifier }),
    fingerprint,
    op,
  };
}

/** The gate of a branch that opens with the plan, open or decided. */
export const gateOf = (run: Run, branch: Branch): GateState | undefined =>
  branchState(run, branch).gates.find(({ kind }) => kind !== 'swap-follower');

/** The one right before the swap. */
export const swapGateOf = (run: Run, branch: Branch): GateState | undefined =>
  branchState(run, branch).gates.find(({ kind }) => kind === 'swap-follower');

/** Opens the gates this follower needs, its own and perhaps the leader's, and waits until they are approved. */
export async function gatesPassed(run: Run, follower: Branch): Promise<void> {
  const concerned = needsLeaderGate(run, follower) ? [follower, run.leader] : [follower];
  if (
    concerned.includes(run.leader) &&
    gateSubject(run, run.leader) !== undefined &&
    gateOf(run, run.leader) === undefined
  ) {
    openGate(run, run.leader);
  }
  if (gateSubject(run, follower) !== undefined) openGate(run, follower);
  else dispatch(run, { type: 'branchPhase', branch: follower.name, phase: 'gate' });
  const verdicts = () => concerned.map((branch) => verdictOf(run, branch));
  const refused = () => verdicts().includes('refused');
  const granted = () => verdicts().every((verdict) => verdict === 'granted');
  await condition(() => refused() || follower.refresh === true || replanIsWanted(follower) || granted());
  if (refused()) throw new BranchEnded('rejected');
  throwIfReplanIsWanted(run, follower);
  if (follower.refresh !== true) return;
  delete follower.refresh;
  throw new PlanOutdated('wipe-follower', REFRESHED);
}

/** On a card that is shown again for its age alone. */
export const REFRESHED = 'The card before was too old to approve, so the hosts were looked at again.';

export function verdictOf(run: Run, branch: Branch): 'granted' | 'refused' | 'open' {
  if (gateSubject(run, branch) === undefined) return 'granted';
  const decision = gateOf(run, branch)?.decision;
  if (decision === undefined) return 'open';
  return decision.verdict === 'approved' ? 'granted' : 'refused';
}

/** Opens the branch's gate, or opens it anew: the former token is worth nothing from here on. */
export function openGate(run: Run, branch: Branch): void {
  const subject = gateSubject(run, branch);
  if (subject !== undefined) openGateFor(run, branch, subject);
}

export function openGateFor(run: Run, branch: Branch, subject: GateSubject): void {
  const { kind, name } = subject;
  const gate: GateState = {
    ...subject,
    id: kind === 'change-leader' ? gateIdOf(kind) : gateIdOf(kind, name),
    token: uuid4(),
    openedAt: now(),
    expiresAt: new Date(Date.now() + run.input.config.approval.expireAfterMs).toISOString(),
    freshUntil: new Date(Date.now() + run.input.timings.cardMaxAgeMs).toISOString(),
    ...(branch.because === undefined ? {} : { because: branch.because }),
  };
  delete branch.because;
  showCard(run, branch, gate.openedAt);
  dispatch(run, { type: 'gateOpened', branch: branch.name, gate });
  branch.scope
    .run(() => watchGate(run, branch, gate))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
}

/** Reminds while the gate is open and rejects it in the end: nothing is ever approved by time. */
async function watchGate(run: Run, branch: Branch, gate: GateState): Promise<void> {
  const expires = Date.parse(gate.expiresAt);
  const over = () => {
    const current = branchState(run, branch).gates.find(({ id }) => id === gate.id);
    return branch.ended || current?.token !== gate.token || current.decision !== undefined;
  };
  for (const reminder of remindersFrom(Date.parse(gate.openedAt), run.input.timings.remindersMs)) {
    const due = Math.min(reminder, expires);
    // With no worker there for a while several have passed; one of them is enough.
    if (due < expires && due <= Date.now()) continue;
    // Zero means "without a time" to the SDK.
    const wait = Math.max(1, due - Date.now());
    if (await condition(over, wait, { summary: `${gate.id} is open` })) return;
    if (due >= expires) break;
    dispatch(run, { type: 'gateReminded', branch: branch.name, gateId: gate.id, at: now() });
  }
  const decision = decisionOn(gate, {
    verdict: 'expired',
    by: 'pg-replication-runbook',
    reason: 'nobody decided in time',
  });
  dispatch(run, { type: 'gateDecided', branch: branch.name, decision });
}

export const decisionOn = (gate: GateState, how: Pick<Decision, 'verdict' | 'by' | 'reason'>): Decision => ({
  gateId: gate.id,
  ...how,
  at: now(),
  token: gate.token,
  fingerprint: gate.fingerprint,
  op: gate.op.id,
  epoch: gate.op.epoch,
});
