import { condition } from '@temporalio/workflow';
import { isReplaced, swapIsApproved } from './approvals.js';
import { changedLines } from './contract/card-changes.js';
import type { Problem } from './contract/failure.js';
import { swapIsAsked } from './contract/gates.js';
import type { SwapLook } from './contract/card.js';
import type { FollowerPlan } from './contract/plan.js';
import type { FollowerTarget } from './contract/target.js';
import { replacingStep } from './contract/steps.js';
import { BranchEnded, StepFailed } from './endings.js';
import { openGateFor, REFRESHED, swapGateOf } from './gate.js';
import { orFailed } from './park.js';
import { waitRehearsed } from './rehearsal.js';
import { replanIsWanted, throwIfReplanIsWanted } from './replan-wanted.js';
import { dispatch } from './run.js';
import type { Branch, Run } from './run.js';
import { followerInput, outdatedEnding } from './step.js';

/**
 * Asks once more right before the swap, or in place the wipe, where the plan's approval does not cover it: by the configuration or
 * the class; because clients were connected when the plan was made; or because the swap has just met more
 * use than its card says. The card shows what is there now, and the swap tolerates that.
 */
export async function swapGatePassed(run: Run, follower: Branch): Promise<void> {
  const { inUse = false } = follower;
  delete follower.inUse;
  if (isReplaced(follower)) return;
  const { target } = followerPlan(run, follower);
  const rule = swapIsAsked(run.input.config.approval, target);
  const hadClients = (target.use?.clientSessions ?? 0) > 0 && target.class !== 'copied';
  if (rule === undefined && !inUse && !hadClients) return;
  if (!inUse && swapIsApproved(run, follower)) return;
  let look = await lookBeforeSwap(run, follower, target);
  if (rule === undefined && (look.use?.clientSessions ?? 0) === 0 && look.tolerated) return;
  let because = rule ?? becauseUsed(target, look);
  for (;;) {
    const outdated = await untilApproved(run, follower, look, because);
    if (outdated === undefined) return;
    look = await lookBeforeSwap(run, follower, target);
    because = outdated;
  }
}

export function withdrawSwapGate(run: Run, follower: Branch): void {
  const gate = swapGateOf(run, follower);
  if (gate !== undefined) dispatch(run, { type: 'gateWithdrawn', branch: follower.name, gateId: gate.id });
}

const REHEARSED_AGAIN = 'The copy was rehearsed again, so the hosts were looked at again.';

/** Opens the gate and waits for its decision; answers why another card is needed before there was one. */
async function untilApproved(
  run: Run,
  follower: Branch,
  look: SwapLook,
  because: string,
): Promise<string | undefined> {
  showLook(run, follower, look);
  const { name, fingerprint, op } = followerPlan(run, follower).target;
  follower.because = because;
  openGateFor(run, follower, { kind: 'swap-follower', name, fingerprint, op });
  const decided = () =>
    swapGateOf(run, follower)?.decision !== undefined ||
    follower.refresh === true ||
    replanIsWanted(follower);
  if (!(await waitRehearsed(run, follower, () => condition(decided)))) return REHEARSED_AGAIN;
  throwIfReplanIsWanted(run, follower);
  const decision = swapGateOf(run, follower)?.decision;
  delete follower.refresh;
  if (decision === undefined) return REFRESHED;
  if (decision.verdict !== 'approved') throw new BranchEnded('rejected');
  return undefined;
}

async function lookBeforeSwap(run: Run, follower: Branch, target: FollowerTarget): Promise<SwapLook> {
  const step = replacingStep(target);
  const look = await orFailed(step, () => run.activities.lookBeforeSwap(followerInput(run, follower)));
  if (look.fingerprint === target.fingerprint) return look;
  const keys = changedLines(target.fingerprintLines, look.fingerprintLines).map(({ what }) => what);
  const problem: Problem = {
    code: 'PLAN_OUTDATED',
    message: `${target.name}: its data directory is not the one that was approved`,
    detail: `These differ: ${keys.join(', ')}.`,
  };
  throw outdatedEnding(follower, new StepFailed(step, problem, 'ask'));
}

function showLook(run: Run, follower: Branch, look: SwapLook): void {
  const plan = followerPlan(run, follower);
  const { use: _, ...target } = plan.target;
  const seen = { ...target, ...(look.use === undefined ? {} : { use: look.use }) };
  if (run.plan !== undefined) run.plan.followers[follower.name] = { ...plan, target: seen, beforeSwap: look };
}

function becauseUsed({ mode }: FollowerTarget, { use }: SwapLook): string {
  const [ready, step] =
    mode === 'in-place' ? ['All is ready for the copy.', 'wipe'] : ['The copy is complete.', 'swap'];
  return use !== undefined && use.clientSessions > 0
    ? `${ready} Clients are connected to the old server; the ${step} ends their sessions.`
    : `${ready} The old server's use is not what the plan's card says.`;
}

function followerPlan(run: Run, follower: Branch): FollowerPlan {
  const plan = run.plan?.followers[follower.name];
  if (plan === undefined) throw new Error(`no plan for ${follower.name}`);
  return plan;
}
