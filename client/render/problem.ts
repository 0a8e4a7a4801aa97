import type { Problem } from '../../workflows/contract/failure.js';
import { paint } from './style.js';
import type { Style } from './style.js';
import { wrap } from './layout.js';

export type Severity = 'error' | 'blocker' | 'warning' | 'info';

/** PostgreSQL's grammar: `error:` (with the code), `detail:`, `hint:`, continuation lines indented. */
export function renderProblem(
  problem: Problem,
  style: Style,
  severity: Severity = 'error',
  indent = '',
): string {
  const colors = paint(style);
  const tint = { error: colors.red, blocker: colors.red, warning: colors.yellow, info: colors.cyan }[
    severity
  ];
  const parts = [renderField(`${severity}:`, `${problem.message} [${problem.code}]`, style, tint, indent)];
  if (problem.detail !== undefined)
    parts.push(renderField('detail:', problem.detail, style, colors.bold, indent));
  if (problem.hint !== undefined) parts.push(renderField('hint:', problem.hint, style, colors.bold, indent));
  return parts.join('\n');
}

const LABEL = 9;

/** `label:   text` as in a problem, for what goes with one. */
export function renderField(
  label: string,
  text: string,
  style: Style,
  tint: (text: string) => string,
  indent: string,
): string {
  return wrap(text, style.width - LABEL - indent.length)
    .map((line, index) =>
      `${indent}${index === 0 ? tint(label.padEnd(LABEL)) : ' '.repeat(LABEL)}${line}`.trimEnd(),
    )
    .join('\n');
}
