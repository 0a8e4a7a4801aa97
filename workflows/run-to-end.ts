import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { runBranch } from './branch.js';
import { outcomeOf, reduceRunState } from './contract/reducer.js';
import type { RunEvent } from './contract/reducer.js';
import type { RunState } from './contract/run-state.js';
import { endLeader } from './leader.js';
import { takeMessages } from './messages.js';
import { lastWords } from './notify.js';
import { report } from './report.js';
import { dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';
import { surveyTogether } from './survey.js';

/**
 * What runs of every kind have in common: one survey, then each follower's part in a branch of its own, then the
 * end with the state as the result. Must be called before the first await.
 */
export async function runToEnd(
  run: Run,
  part: (follower: Branch, surveyed: Promise<void>) => Promise<'done' | 'nothing-to-do'>,
): Promise<RunState> {
  takeMessages(run);
  const surveyed = run.leader.scope.run(() => surveyTogether(run));
  // Every follower meets a failure of it; this handler is for a run whose followers have all left.
  surveyed.catch(() => undefined);
  await Promise.all(
    run.followers.map((follower) => runBranch(run, follower, () => part(follower, surveyed))),
  );
  await endLeader(run, surveyed);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  const outcome = outcomeOf(Object.values(run.state.followers).map(({ phase }) => phase));
  const closed: RunEvent = { type: 'runClosed', at: now(), outcome };
  // Said only when nothing is left to do: whoever waits for it may start the next run at once.
  await report(run, reduceRunState(run.state, closed));
  dispatch(run, closed);
  await lastWords(run);
  return run.state;
}
