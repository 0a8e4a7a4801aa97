import type { FileDiff } from '../../workflows/contract/card.js';
import { wrap } from './layout.js';

/**
 * A diff at this width. A longer line goes on behind a backslash, further in: as pg_hba.conf itself may
 * be written, and no line that begins with a mark is anything else than a line of the diff.
 */
export function diffLines({ file, lines, omitted }: FileDiff, width: number): string[] {
  return [
    `--- ${file}`,
    `+++ ${file}`,
    ...lines.flatMap((line) => cutLine(withoutTabs(line), width)),
    ...(omitted === undefined ? [] : [`(${String(omitted)} more lines of this diff are not shown)`]),
  ].map((line) => line.trimEnd());
}

const INDENT = '      ';

/** Columns as they stand in the file, whatever is before it on the screen. */
function withoutTabs(line: string): string {
  let text = '';
  for (const character of line.slice(1))
    text += character === '\t' ? ' '.repeat(8 - (text.length % 8)) : character;
  return line.slice(0, 1) + text;
}

function cutLine(line: string, width: number): string[] {
  if (line.length <= width || line.startsWith('@@')) return [line];
  const mark = line.slice(0, 1);
  // Runs of blanks stay within the first part; further parts begin with a word.
  const parts = wrap(line.slice(1), width - INDENT.length - 2);
  return parts.map((part, index) => {
    const text = index === 0 ? `${mark}${part}` : `${INDENT}${part.trimStart()}`;
    return index < parts.length - 1 ? `${text.trimEnd()} \\` : text;
  });
}
