import { findingChanges, followerChanges, leaderChanges } from './contract/card-changes.js';
import type { Finding, FollowerPlan, LeaderPlan, Plan } from './contract/plan.js';
import type { Branch, Run } from './run.js';

/** What a gate's card showed when it opened, kept to compare the next one with. */
export interface ShownCard {
  plan: FollowerPlan | LeaderPlan;
  findings: Finding[];
  /** ISO time. */
  at: string;
}

/** Notes in the plan what is not as on the branch's card before: whoever has read that one need not compare by eye. */
export function showCard(run: Run, branch: Branch, at: string): void {
  const { plan } = run;
  if (plan === undefined) return;
  if (branch === run.leader) {
    if (plan.leader !== undefined) plan.leader = shown(branch, plan, plan.leader, leaderChanges, at);
    return;
  }
  const follower = plan.followers[branch.name];
  if (follower !== undefined)
    plan.followers[branch.name] = shown(branch, plan, follower, followerChanges, at);
}

function shown<P extends FollowerPlan | LeaderPlan>(
  branch: Branch,
  { findings }: Plan,
  { changes: _, ...plan }: P,
  compare: (before: P, after: P) => ReturnType<typeof leaderChanges>,
  at: string,
): P {
  const now = plan as P;
  const { card } = branch;
  branch.card = { plan: now, findings, at };
  if (card === undefined) return now;
  const lines = [
    ...compare(card.plan as P, now),
    ...findingChanges(now.target.name, card.findings, findings),
  ];
  return { ...now, changes: { since: card.at, lines } };
}
