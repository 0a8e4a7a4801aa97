import type { ResumeInput } from './contract/messages.js';
import { branchesOf, branchOf, LEADER_BRANCH } from './contract/reducer.js';
import { refuse } from './refuse.js';
import { branchState, dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';

export function validateResume(run: Run, { branch, failureId, action, confirm }: ResumeInput): void {
  const failure = branchOf(run.state, branch)?.failure;
  if (failure === undefined) {
    const parked = branchesOf(run.state).filter(([, state]) => state.failure !== undefined);
    const names = parked.map(([name]) => name).join(', ');
    refuse(
      'NOT_PARKED',
      `${branch} is not parked`,
      names === '' ? 'Nothing of the run is.' : `Parked: ${names}.`,
    );
  }
  if (failure.failureId !== failureId) {
    refuse(
      'FAILURE_CHANGED',
      `${branch} is parked on another failure now: ${failure.code}`,
      'Read it with `runbook show`.',
    );
  }
  if (!failure.actions.includes(action)) {
    refuse(
      'ACTION_NOT_ALLOWED',
      `${failure.step} allows no ${action}`,
      `Allowed: ${failure.actions.join(', ')}.`,
    );
  }
  const { leader } = run.input.config;
  const name = branch === LEADER_BRANCH ? leader.name : branch;
  if (action === 'take-over' && confirm !== name)
    refuse('CONFIRMATION_MISSING', `nothing was taken over: the name ${name} was not typed`);
}

export function resume(run: Run, input: ResumeInput): void {
  const branch = [run.leader, ...run.followers].find(({ name }) => name === input.branch);
  if (branch === undefined) return;
  answerWith(run, branch, input);
}

/** What is parked goes on, and the state says who decided that. */
export function answerWith(run: Run, branch: Branch, input: ResumeInput): void {
  const { failure } = branchState(run, branch);
  if (failure === undefined) return;
  branch.answer = input;
  const { action, by, reason } = input;
  const { code, step } = failure;
  const answer = { code, step, action, by, at: now(), ...(reason === undefined ? {} : { reason }) };
  dispatch(run, { type: 'resumed', branch: branch.name, answer });
}
