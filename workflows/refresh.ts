import { condition, isCancellation } from '@temporalio/workflow';
import type { RefreshInput } from './contract/messages.js';
import { isOutdated, requireGate, requireUndecided } from './decide.js';
import { gateSubject, openGate, REFRESHED } from './gate.js';
import { branchState, dispatch } from './run.js';
import type { Run } from './run.js';
import { surveyLeaderAgain } from './survey.js';

export function validateRefresh(run: Run, { gateId, token }: RefreshInput): void {
  const [, gate] = requireGate(run, gateId);
  requireUndecided(gate, token);
}

/**
 * Withdraws a card that is too old, so that nobody can approve it any more, and has its branch read the facts
 * again and open the gate anew. A card that is fresh stays.
 */
export async function refresh(run: Run, { gateId }: RefreshInput): Promise<undefined> {
  const [name, gate] = requireGate(run, gateId);
  const branch = [run.leader, ...run.followers].find((one) => one.name === name);
  if (branch === undefined || !isOutdated(gate)) return;
  dispatch(run, { type: 'gateWithdrawn', branch: name, gateId });
  if (branch === run.leader) refreshLeader(run);
  else branch.refresh = true;
  await condition(() => {
    const { failure, gates } = branchState(run, branch);
    const asks = failure !== undefined || gates.some(({ decision }) => decision === undefined);
    return asks || branch.ended || gateSubject(run, branch) === undefined;
  });
}

/** No other part of the run waits for the leader's card, so its own branch reads the facts beside them. */
function refreshLeader(run: Run): void {
  const { leader } = run;
  run.refreshing = leader.scope
    .run(async () => {
      await surveyLeaderAgain(run);
      leader.because = REFRESHED;
      if (gateSubject(run, leader) !== undefined) openGate(run, leader);
      else dispatch(run, { type: 'branchPhase', branch: leader.name, phase: 'queued' });
    })
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
}
