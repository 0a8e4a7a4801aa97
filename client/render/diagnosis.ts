import type { Finding } from '../../workflows/contract/plan.js';
import type { Diagnosis, HostDiagnosis } from '../diagnosis.js';
import { edges } from './layout.js';
import { renderField, renderProblem } from './problem.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';

/** A survey's findings with their remedies, host by host; where nothing is wrong, what was looked at. */
export function renderDiagnosis(diagnosis: Diagnosis, style: Style): string {
  const { bold } = paint(style);
  const { cluster, madeAt, hosts, findings } = diagnosis;
  const [title = '', ...rest] = edges(`Findings for ${cluster}`, `looked ${dateTime(madeAt)}`, style.width);
  return [
    bold(title),
    ...rest,
    glyphs(style).rule.repeat(style.width),
    ...(findings.length === 0 ? [] : ['', bold('The whole run'), ...findingLines(findings, style)]),
    ...hosts.flatMap((host) => hostLines(host, style)),
    '',
    ...summary(diagnosis, style),
  ].join('\n');
}

function hostLines({ name, role, host, seen, findings }: HostDiagnosis, style: Style): string[] {
  const { bold, green, cyan } = paint(style);
  const told = counted(findings) || (seen.length === 0 ? 'not judged' : 'nothing found');
  const [head = '', ...rest] = edges(`${name} (${role}, ${host})`, told, style.width);
  const well = findings.every(({ severity }) => severity === 'info');
  return [
    '',
    bold(head),
    ...rest,
    ...findingLines(findings, style),
    ...seen.flatMap((text, index) => {
      const label = index > 0 ? '' : well ? 'ok:' : 'seen:';
      return renderField(label, text, style, well ? green : cyan, '  ').split('\n');
    }),
    ...(seen.length === 0 && findings.length === 0
      ? ['  It was reached, but is judged against the leader, which has to be read first.']
      : []),
  ];
}

const findingLines = (findings: readonly Finding[], style: Style): string[] =>
  findings.flatMap(({ severity, code, message, detail, hint }) => {
    const problem = {
      code,
      message,
      ...(detail === undefined ? {} : { detail }),
      ...(hint === undefined ? {} : { hint }),
    };
    return [
      ...renderProblem(problem, style, severity, '  ').split('\n'),
      ...renderField('explain:', `runbook explain ${code}`, style, paint(style).bold, '  ').split('\n'),
    ];
  });

function summary({ cluster, blockers, warnings, hosts }: Diagnosis, style: Style): string[] {
  const { bold, red, yellow, green } = paint(style);
  const unjudged = hosts.filter(({ seen, findings }) => seen.length === 0 && findings.length === 0).length;
  const on = `on ${amount(hosts.length, 'host')}${unjudged === 0 ? '' : `, ${String(unjudged)} not judged`}`;
  const found = `${amount(blockers, 'blocker')}, ${amount(warnings, 'warning')} ${on}`;
  if (blockers > 0) return [bold(red(`${found}: a run would stop at once and wait.`))];
  const next = `What a run would do: runbook plan ${cluster}`;
  if (warnings > 0) return [bold(yellow(`${found}: nothing stops a run.`)), next];
  return [bold(green(`Nothing wrong was found ${on}.`)), next];
}

const amount = (count: number, what: string): string =>
  `${count === 0 ? 'no' : String(count)} ${what}${count === 1 ? '' : 's'}`;

/** `1 blocker, 2 warnings`; empty where there is neither. */
function counted(findings: readonly Finding[]): string {
  const count = (wanted: Finding['severity']): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  return (['blocker', 'warning'] as const)
    .flatMap((severity) => (count(severity) === 0 ? [] : [amount(count(severity), severity)]))
    .join(', ');
}
