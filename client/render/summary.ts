import { formatBytes, formatDuration } from '../../planning/format.js';
import type { BranchState } from '../../workflows/contract/run-state.js';
import type { RunView } from '../run-view.js';
import { labelled } from './layout.js';
import { paint } from './style.js';
import type { Style } from './style.js';
import { BRANCH_WORDS, outcomeWords } from './words.js';

/** How a run ended: what is where now, and who decided it. */
export function renderSummary(view: RunView, style: Style): string[] {
  const { outcome } = view;
  if (outcome === undefined) return [];
  const { bold, green, red } = paint(style);
  const tint = outcome === 'done' || outcome === 'nothing-to-do' ? green : red;
  return [
    '',
    bold(tint(outcomeWords(outcome, view.kind))),
    ...differences('leader', view.leader, style),
    ...Object.entries(view.followers).flatMap(([name, branch]) => followerLines(view, name, branch, style)),
    ...view.decisions.flatMap(({ gateId, verdict, by, reason }) =>
      labelled(
        '',
        `${gateId}: ${verdict} by ${by}${reason === undefined ? '' : ` (${reason})`}`,
        style,
        0,
        2,
      ),
    ),
    `  all of it, for a change ticket: runbook report ${view.cluster}`,
  ];
}

function followerLines(view: RunView, name: string, branch: BranchState, style: Style): string[] {
  const { summary } = branch;
  const old = summary?.replacedDirectory;
  const size = summary?.replacedBytes === undefined ? '' : ` (${formatBytes(summary.replacedBytes)})`;
  return [
    `  ${name}: ${BRANCH_WORDS[branch.phase]}`,
    ...(branch.phase === 'nothing-to-do' ? whyNothing(view, name, style) : []),
    ...(old === undefined ? [] : labelled('', `old data: ${old}${size}`, style, 0, 4)),
    ...(old === undefined || branch.phase !== 'done'
      ? []
      : labelled(
          '',
          `until it is purged it can be put back: runbook undo ${view.cluster}; to free its room: runbook purge ${view.cluster}`,
          style,
          0,
          4,
        )),
    ...(summary?.purgedBytes === undefined ? [] : [`    ${formatBytes(summary.purgedBytes)} freed`]),
    ...(summary?.downtimeMs === undefined
      ? []
      : [`    its server was away for ${formatDuration(summary.downtimeMs)}`]),
    ...differences(undefined, branch, style),
  ];
}

/** An undo or a purge says in a finding why there is nothing to do. */
const whyNothing = ({ kind, findings }: RunView, name: string, style: Style): string[] =>
  kind === undefined
    ? []
    : findings
        .filter(({ host }) => host === name)
        .flatMap(({ message }) => labelled('', message, style, 0, 4));

function differences(title: string | undefined, { summary }: BranchState, style: Style): string[] {
  const lines = summary?.differences ?? [];
  if (lines.length === 0) return [];
  return [
    ...(title === undefined ? ['    different now:'] : [`  ${title}: different now:`]),
    ...lines.flatMap((line) => labelled('- ', line, style, 2, 6)),
  ];
}
