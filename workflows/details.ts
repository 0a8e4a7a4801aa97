import { branchesOf } from './contract/reducer.js';
import type { BranchState, RunState } from './contract/run-state.js';
import { ALL_STEPS } from './contract/steps.js';

/** Markdown for Temporal's own UI; its limit is 20 kB, so one short row a branch. */
export function detailsOf(state: RunState): string {
  const { cluster, phase, outcome, requester } = state;
  const head = `**${cell(cluster)}**: ${outcome ?? phase}, started by ${cell(requester)}`;
  const rows = branchesOf(state).map(
    ([name, branch]) => `| ${cell(name)} | ${branch.phase} | ${stepOf(branch)} | ${cell(waitsFor(branch))} |`,
  );
  return [head, '', '| part | phase | step | waits for |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function stepOf(branch: BranchState): string {
  const current = branch.steps.find(({ status }) => status === 'running' || status === 'failed');
  const done = branch.steps.filter(({ status }) => status === 'done' || status === 'skipped').length;
  const title = ALL_STEPS.find(({ id }) => id === current?.id)?.title;
  return `${title === undefined ? '' : `${title}, `}${String(done)} of ${String(branch.steps.length)} done`;
}

function waitsFor({ failure, gates, window }: BranchState): string {
  if (failure !== undefined) return `${failure.code}: ${failure.message}`;
  if (window !== undefined) return `window ${window.window}, opens ${window.opensAt}`;
  const open = gates.find(({ decision }) => decision === undefined);
  if (open === undefined) return '';
  const reminded = open.remindedAt === undefined ? '' : `, reminded ${open.remindedAt}`;
  return `approval of ${open.id} until ${open.expiresAt}${reminded}`;
}

const cell = (text: string): string => text.slice(0, 200).replace(/[|\r\n]/g, ' ');
