import type { HostReport, RunReport } from '../workflows/contract/report.js';
import type { BranchState, RunState, StepState } from '../workflows/contract/run-state.js';
import { stepDefinition } from '../workflows/contract/steps.js';
import { formatBytes, formatDuration } from './format.js';

/** A report as Markdown, for a change ticket. The same report gives the same text. */
export function renderReport({ workflowId, runId, state, hosts }: RunReport): string {
  const parts = [
    `# ${TITLES[state.kind ?? 'set-up']} ${state.cluster}: ${state.outcome ?? 'open'}`,
    table(['Run', ''], headRows(workflowId, runId, state)),
    ...decisions(state),
    ...branch('Leader', state.leader),
    ...Object.entries(state.followers).flatMap(([name, one]) => branch(`Follower ${name}`, one)),
    ...findings(state),
    ...hosts.flatMap(hostParts),
  ];
  return `${parts.join('\n\n')}\n`;
}

const TITLES = { 'set-up': 'Replication of', undo: 'Undo of', purge: 'Purge of' } as const;

function headRows(workflowId: string, runId: string, state: RunState): string[][] {
  const { requester, startedAt, endedAt = startedAt } = state;
  return [
    ['Id', `\`${workflowId}\`, run \`${runId}\``],
    ['Requested by', requester],
    ['Began', startedAt],
    ['Ended', `${endedAt}, took ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`],
  ];
}

function decisions({ decisions: made }: RunState): string[] {
  if (made.length === 0) return ['## Decisions', 'None: nobody was asked, or nobody answered.'];
  const rows = made.map(({ gateId, verdict, by, at, fingerprint, reason = '' }) => [
    gateId,
    verdict,
    by,
    at,
    `\`${fingerprint.slice(0, 12)}\``,
    reason,
  ]);
  return ['## Decisions', table(['Gate', 'Verdict', 'By', 'At', 'Fingerprint', 'Reason'], rows)];
}

function branch(title: string, state: BranchState): string[] {
  const ran = state.steps.filter(({ status }) => status !== 'pending');
  const head = `## ${title}: ${state.phase}${state.class === undefined ? '' : `, was ${state.class}`}`;
  return [
    head,
    ...(ran.length === 0
      ? ['No step was taken.']
      : [table(['Step', '', 'Took', 'Evidence'], ran.map(stepRow))]),
    ...list('Answered on the way', state.answers?.map(answered)),
    ...list('What is where now', summaryLines(state)),
    ...list('Different on this host now', state.summary?.differences),
    ...list('Left behind', state.leftovers),
  ];
}

function stepRow({ id, status, startedAt, endedAt, attempt, changed, evidence = '' }: StepState): string[] {
  const took =
    startedAt === undefined || endedAt === undefined
      ? ''
      : formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
  const done = changed === true ? 'changed' : 'as it was';
  const what = status === 'done' ? done : status;
  return [
    stepDefinition(id).title,
    attempt > 1 ? `${what}, begun ${String(attempt)} times` : what,
    took,
    evidence,
  ];
}

const answered = ({
  code,
  step,
  action,
  by,
  at,
  reason,
}: NonNullable<BranchState['answers']>[number]): string =>
  `${at} ${step} \`${code}\`: ${action} by ${by}${reason === undefined ? '' : ` (${reason})`}`;

function summaryLines({ phase, summary = {} }: BranchState): string[] {
  const { replacedDirectory, replacedBytes, downtimeMs, purgedBytes } = summary;
  const size = replacedBytes === undefined ? '' : `, ${formatBytes(replacedBytes)}`;
  return [
    ...(replacedDirectory === undefined ? [] : [`The former data: \`${replacedDirectory}\`${size}.`]),
    ...(replacedDirectory === undefined || phase !== 'done'
      ? []
      : ['It can be put back (`runbook undo`) until it is purged (`runbook purge`).']),
    ...(downtimeMs === undefined ? [] : [`Its server was away for ${formatDuration(downtimeMs)}.`]),
    ...(purgedBytes === undefined ? [] : [`${formatBytes(purgedBytes)} were freed.`]),
  ];
}

function findings({ findings: found }: RunState): string[] {
  return list(
    '## Findings',
    found.map(({ severity, code, message, detail }) =>
      [`${severity} \`${code}\` ${message}`, ...(detail === undefined ? [] : [detail])].join('. '),
    ),
  );
}

function hostParts({ name, commands, files, gap }: HostReport): string[] {
  return [
    `## Done on ${name}`,
    ...(gap === undefined ? [] : [`Not all is known: ${gap}.`]),
    ...(commands.length === 0 && gap === undefined ? ['Nothing.'] : []),
    ...commands.map(({ at, step, by, commands: lines }) =>
      [`${at} **${step}** (for ${by})`, fenced('', lines)].join('\n\n'),
    ),
    ...files.flatMap(({ path, diff }) => [`\`${path}\`, before and now:`, fenced('diff', diff)]),
  ];
}

function list(title: string, lines: readonly string[] = []): string[] {
  if (lines.length === 0) return [];
  return [title.startsWith('#') ? title : `${title}:`, lines.map((line) => `- ${oneLine(line)}`).join('\n')];
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), `|${head.map(() => '---|').join('')}`, ...rows.map(row)].join('\n');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Whatever stands in it, it ends where it shall. */
function fenced(language: string, lines: readonly string[]): string {
  const text = lines.join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
