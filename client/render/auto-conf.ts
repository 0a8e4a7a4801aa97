import type { AutoConfTable, SettingRow } from '../../workflows/contract/card.js';
import { wrap } from './layout.js';
import type { Style } from './style.js';

const GAP = 2;
const INDENT = 2;

/** Leader, follower, result side by side. Cells wrap at spaces; a word that has no room is cut. */
export function autoConfLines({ rows, omitted }: AutoConfTable, style: Style): string[] {
  const head: SettingRow = { name: '', leader: 'leader', follower: 'follower', result: 'result' };
  const cells = [head, ...rows].map(({ name, leader, follower, result }) => [
    name,
    leader ?? '',
    follower ?? '',
    result ?? (follower === undefined ? '' : 'dropped'),
  ]);
  const widths = columnWidths(cells, style.width - INDENT);
  return [
    ...cells.flatMap((row) => rowLines(row, widths)),
    ...(omitted === 0 ? [] : [`${' '.repeat(INDENT)}and ${String(omitted)} settings more`]),
  ];
}

/** As wide as the longest word of the column; where that is too much, the widest gives way. */
function columnWidths(cells: string[][], width: number): number[] {
  const natural = (lengthOf: (cell: string) => number): number[] =>
    [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
  const widths = natural((cell) => Math.max(...cell.split(' ').map(({ length }) => length)));
  const whole = natural(({ length }) => length);
  const room = (): number => width - GAP * 3 - widths.reduce((sum, one) => sum + one, 0);
  while (room() < 0) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  for (const [column, wanted] of whole.entries()) {
    const now = widths[column] ?? 0;
    widths[column] = Math.max(now, Math.min(wanted, now + room()));
  }
  return widths;
}

function rowLines(row: string[], widths: number[]): string[] {
  const columns = row.map((cell, column) => {
    const width = widths[column] ?? 0;
    return wrap(cell, width).map((line) =>
      (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}~` : line).padEnd(width),
    );
  });
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    `${' '.repeat(INDENT)}${columns
      .map((lines, column) => lines[line] ?? ' '.repeat(widths[column] ?? 0))
      .join(' '.repeat(GAP))}`.trimEnd(),
  );
}
