import type { GateState } from '../../workflows/contract/gates.js';
import type { CardChange } from '../../workflows/contract/card.js';
import type { Plan } from '../../workflows/contract/plan.js';
import { labelled } from './layout.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';

/** On a card that is shown again: why, and each fact that is not as on the card before. */
export function changedPart(gate: GateState, plan: Plan, style: Style): string[] {
  if (gate.because === undefined) return [];
  const { yellow, bold } = paint(style);
  const changes = gate.kind === 'change-leader' ? plan.leader?.changes : plan.followers[gate.name]?.changes;
  const lines = changes?.lines ?? [];
  return [
    '',
    bold(yellow(gate.kind === 'swap-follower' ? 'Asked now' : 'Asked again')),
    ...labelled('', gate.because, style, 0, 2),
    ...(changes === undefined ? [] : [`  Changed since the card of ${dateTime(changes.since)}:`]),
    ...(changes !== undefined && lines.length === 0 ? ['    nothing'] : []),
    ...lines.flatMap((change) => changedLine(change, style)).map((line) => bold(yellow(line))),
  ];
}

function changedLine({ what, from, to }: CardChange, style: Style): string[] {
  const { arrow } = glyphs(style);
  const text = from === '' ? `new: ${to}` : to === '' ? `no more: ${from}` : `${from} ${arrow} ${to}`;
  return labelled('! ', `${what}: ${text}`, style, 2, 2);
}
