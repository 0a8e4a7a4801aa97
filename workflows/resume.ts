import type { ResumeInput } from './contract/messages.js';
import { branchesOf, branchOf } from './contract/reducer.js';
import { refuse } from './refuse.js';
import { dispatch } from './run.js';
import type { Run } from './run.js';

export function validateResume(run: Run, { branch, failureId, action }: ResumeInput): void {
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
}

export function resume(run: Run, input: ResumeInput): void {
  const branch = [run.leader, ...run.followers].find(({ name }) => name === input.branch);
  if (branch === undefined) return;
  branch.answer = input;
  dispatch(run, { type: 'resumed', branch: branch.name });
}
