import { CancellationScope, condition } from '@temporalio/workflow';
import type { LeaderStepId } from './activities.js';
import type { BranchPhase } from './contract/run-state.js';
import { takesStep } from './course.js';
import { BranchEnded, PlanOutdated } from './endings.js';
import { gateOf, gateSubject, openGate, verdictOf } from './gate.js';
import { branchState, dispatch } from './run.js';
import type { Branch, Run } from './run.js';
import { leaderInput, leaderStep } from './step.js';
import { surveyLeaderAgain } from './survey.js';
import { takeBack } from './take-back.js';

const LEADER_STEPS: readonly LeaderStepId[] = ['ensureLeaderSettings', 'restartLeader'];

/**
 * A step that happens once for all followers whose remedy takes it. It runs in the leader's own branch, so that neither the
 * cancel nor the abort of one follower stops it under the others.
 */
export async function leaderStepOnce(run: Run, follower: Branch, id: LeaderStepId): Promise<void> {
  if (!takesStep(run, follower, id)) return;
  let once = run.once.get(id);
  if (once === undefined) {
    const entry = { done: run.leader.scope.run(() => runLeaderStep(run, id)), settled: false };
    const settle = () => {
      entry.settled = true;
    };
    entry.done.then(settle, settle);
    run.once.set(id, entry);
    once = entry;
  }
  await orCancelled(once.done);
}

/** Waits for something another branch does, unless this one is cancelled meanwhile. */
export const orCancelled = <T>(other: Promise<T>): Promise<T> =>
  Promise.race([other, CancellationScope.current().cancelRequested]);

async function runLeaderStep(run: Run, id: LeaderStepId): Promise<void> {
  let ids: readonly LeaderStepId[] = [id];
  for (;;) {
    try {
      for (const one of ids) await leaderStep(run, one);
      const last = id === LEADER_STEPS.at(-1);
      dispatch(run, { type: 'branchPhase', branch: run.leader.name, phase: last ? 'done' : 'queued' });
      return;
    } catch (error) {
      if (!(error instanceof PlanOutdated)) throw error;
      run.leader.because = error.message;
      await surveyLeaderAgain(run);
      await leaderGatePassed(run);
      ids = LEADER_STEPS.slice(0, LEADER_STEPS.indexOf(id) + 1);
    }
  }
}

async function leaderGatePassed(run: Run): Promise<void> {
  if (gateSubject(run, run.leader) === undefined) return;
  if (gateOf(run, run.leader) === undefined) openGate(run, run.leader);
  await condition(() => verdictOf(run, run.leader) !== 'open');
  if (verdictOf(run, run.leader) === 'refused') throw new BranchEnded('rejected');
}

/** When every follower's branch has ended: takes the leader's changes back if nobody needs them. */
export async function endLeader(run: Run, surveyed: Promise<void>): Promise<void> {
  const { leader } = run;
  leader.scope.cancel();
  await CancellationScope.nonCancellable(async () => {
    await Promise.allSettled([surveyed, run.refreshing, ...[...run.once.values()].map(({ done }) => done)]);
    const used = run.followers.some((follower) => needsLeader(run, follower));
    const adopted = run.plan?.leader?.target.op.adopted === true;
    const undo = !used && (leader.wrote || adopted) && run.plan?.leader !== undefined;
    if (undo) await takeBack(run, leader, () => run.activities.undoLeader(leaderInput(run, leader)));
    leader.ended = true;
    dispatch(run, { type: 'branchEnded', branch: leader.name, phase: leaderEnding(run, used) });
  });
}

const needsLeader = (run: Run, follower: Branch): boolean =>
  follower.swap === 'after' || ['done', 'nothing-to-do'].includes(branchState(run, follower).phase);

function leaderEnding(run: Run, used: boolean): BranchPhase {
  const verdict = gateOf(run, run.leader)?.decision?.verdict;
  if (used && run.leader.wrote) return 'done';
  if (verdict === 'rejected' || verdict === 'expired') return 'rejected';
  if (used) return 'nothing-to-do';
  const [first] = run.followers.map((follower) => branchState(run, follower).phase);
  return first ?? 'nothing-to-do';
}
