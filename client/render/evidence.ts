import { wrap } from './layout.js';
import type { Style } from './style.js';

/** What a step has to tell, fitted into the screen: beside its title, and the lines below that. */
export interface Told {
  beside: string;
  below: string[];
}

/** `line`: cut to one, because a live view must not wrap. `whole`: all of it. */
export type EvidenceForm = 'line' | 'whole';

/** Where evidence stands that has a word too long for its column, such as a path. */
const DEEP = 6;

/** `column`: where it begins. `room`: how wide it may be there, the time a step took stands behind it. */
export function toldOf(text: string, column: number, room: number, form: EvidenceForm, style: Style): Told {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= room) return { beside: line, below: [] };
  if (form === 'line') return { beside: clip(line, room, style), below: [] };
  const indented = (lines: string[], by: number): string[] => lines.map((part) => `${' '.repeat(by)}${part}`);
  const [beside = '', ...more] = wrap(line, room);
  if ([beside, ...more].every((part) => part.length <= room))
    return { beside, below: indented(more, column) };
  return { beside: '', below: indented(wrap(line, style.width - DEEP), DEEP) };
}

function clip(line: string, room: number, style: Style): string {
  const more = style.unicode ? '…' : '...';
  return `${line.slice(0, Math.max(0, room - more.length))}${more}`;
}
