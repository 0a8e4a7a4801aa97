import { condition } from '@temporalio/workflow';
import type { HoldAnswer, HoldInput } from './contract/messages.js';
import type { Hold } from './contract/run-state.js';
import { refuse } from './refuse.js';
import { branchState, dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';

export function validateHold(run: Run, { follower }: HoldInput): void {
  if (follower === undefined) return;
  const branch = run.followers.find(({ name }) => name === follower);
  if (branch === undefined) refuse('USAGE', `${follower} is no follower of this run`);
  if (branch.ended) refuse('RUN_CLOSED', `${follower}: its part of the run has already ended`);
}

/** Whoever is in or past the swap is not held: nobody is left with a server that is stopped. */
export function hold(run: Run, input: HoldInput): HoldAnswer {
  const { by, reason } = input;
  const given: Hold = { by, at: now(), ...(reason === undefined ? {} : { reason }) };
  const held = meant(run, input).filter(({ swap }) => swap === 'before');
  for (const { name } of held) dispatch(run, { type: 'held', branch: name, hold: given });
  const finishing = meant(run, input).filter(({ swap }) => swap !== 'before');
  return { held: held.map(({ name }) => name), finishing: finishing.map(({ name }) => name) };
}

export function release(run: Run, input: HoldInput): string[] {
  const held = meant(run, input).filter((branch) => isHeld(run, branch));
  for (const { name } of held) dispatch(run, { type: 'released', branch: name });
  return held.map(({ name }) => name);
}

/** Before a step begins. A cancel ends the waiting as well. */
export async function untilReleased(run: Run, branch: Branch): Promise<void> {
  if (isHeld(run, branch)) await condition(() => !isHeld(run, branch) || branch.swap !== 'before');
}

const isHeld = (run: Run, branch: Branch): boolean =>
  branch.swap === 'before' && branchState(run, branch).hold !== undefined;

const meant = (run: Run, { follower }: HoldInput): Branch[] =>
  follower === undefined
    ? [run.leader, ...run.followers].filter(({ ended }) => !ended)
    : run.followers.filter(({ name, ended }) => name === follower && !ended);
