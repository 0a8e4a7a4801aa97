import { PlanOutdated } from './endings.js';
import type { Branch, Run } from './run.js';
import { withdrawSwapGate } from './swap-gate.js';
import { surveyAgain } from './survey.js';

/**
 * Goes through the work again with a new plan whenever the plan no longer holds. Steps that are done
 * find that out by looking; a copy that is complete is kept by the follower's own record.
 */
export async function whilePlanHolds<T>(run: Run, follower: Branch, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PlanOutdated)) throw error;
      withdrawSwapGate(run, follower);
      const leaderToo = error.gate === 'change-leader';
      follower.because = error.message;
      if (leaderToo) run.leader.because = error.message;
      await surveyAgain(run, follower, leaderToo);
    }
  }
}
