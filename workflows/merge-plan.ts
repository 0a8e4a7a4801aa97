import type { LeaderPlan, Plan } from './contract/plan.js';
import { gateOf, gateSubject, openGate } from './gate.js';
import { dispatch } from './run.js';
import type { Branch, Run } from './run.js';

/** Takes into the run's plan what a later survey says of these followers, and of the leader. */
export function merge(
  run: Run,
  fresh: Plan,
  followers: readonly Branch[],
  outdatedToken: string | undefined,
): void {
  const before = run.plan;
  if (before === undefined) {
    publish(run, fresh);
    return;
  }
  const names = followers.map(({ name }) => name);
  const others = run.followers.map(({ name }) => name).filter((name) => !names.includes(name));
  const plans = Object.entries(fresh.followers).filter(([name]) => names.includes(name));
  const findings = [
    ...before.findings.filter(({ host }) => host !== undefined && others.includes(host)),
    ...fresh.findings.filter(({ host }) => host === undefined || !others.includes(host)),
  ];
  const leader = newLeaderPlan(run, fresh.leader, outdatedToken);
  publish(run, {
    ...before,
    ...(leader === undefined ? {} : { leader }),
    madeAt: fresh.madeAt,
    followers: { ...before.followers, ...Object.fromEntries(plans) },
    findings,
  });
  if (leader !== undefined) askLeaderAgain(run);
}

/** Whether a person has still to decide, or to decide again, what happens on the leader. */
export function leaderIsAsked(run: Run, outdatedToken: string | undefined): boolean {
  const gate = gateOf(run, run.leader);
  if (gate === undefined) return gateSubject(run, run.leader) !== undefined;
  return gate.decision === undefined || gate.token === outdatedToken;
}

/**
 * The leader's plan if it replaces the one there is. An approval of the leader's changes covers a
 * follower that comes later, so what was approved stays, unless another server leads now.
 */
function newLeaderPlan(
  run: Run,
  fresh: LeaderPlan | undefined,
  outdatedToken: string | undefined,
): LeaderPlan | undefined {
  const known = run.plan?.leader;
  if (fresh === undefined || known === undefined) return fresh;
  const gate = gateOf(run, run.leader);
  const sameLeader = JSON.stringify(fresh.target.identity) === JSON.stringify(known.target.identity);
  if (!sameLeader) return fresh;
  if (!leaderIsAsked(run, outdatedToken)) return fresh.needsGate && !known.needsGate ? fresh : undefined;
  const sameCard = gate?.decision === undefined && fresh.needsGate && fresh.fingerprint === gate?.fingerprint;
  return sameCard ? undefined : fresh;
}

/** The leader's steps belong to its plan: with another one they are gone through again. */
function askLeaderAgain(run: Run): void {
  for (const [step, { settled }] of run.once) if (settled) run.once.delete(step);
  if (gateOf(run, run.leader) === undefined) return;
  if (gateSubject(run, run.leader) === undefined) {
    dispatch(run, { type: 'gatesClosed', branch: run.leader.name, decided: true });
  } else {
    openGate(run, run.leader);
  }
}

export function publish(run: Run, plan: Plan): void {
  run.plan = plan;
  const classes = Object.entries(plan.followers).map(([name, { target }]) => [name, target.class] as const);
  const courses = Object.entries(plan.followers).map(([name, { course }]) => [name, course] as const);
  dispatch(run, {
    type: 'planMade',
    findings: plan.findings,
    classes: Object.fromEntries(classes),
    courses: Object.fromEntries(courses),
  });
}
