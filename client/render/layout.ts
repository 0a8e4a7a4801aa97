import type { Style } from './style.js';

/**
 * Breaks text at spaces so that no line is longer than the width; a word that is longer stays whole,
 * because a path or a digest that was cut cannot be copied.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (joined.length <= width || current === '') current = joined;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current];
}

/** The label once, the text beside it in a column of its own. */
export function labelled(
  label: string,
  text: string,
  style: Style,
  labelWidth: number,
  indent = 0,
): string[] {
  const margin = ' '.repeat(indent);
  return wrap(text, style.width - labelWidth - indent).map((line, index) =>
    `${margin}${(index === 0 ? label : '').padEnd(labelWidth)}${line}`.trimEnd(),
  );
}

/** Columns as wide as their widest cell; the last one may be as long as it likes. */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    `${indent}${row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  ')}`.trimEnd(),
  );
}

/** Text left, text right, at the two edges of the screen; under each other where both do not fit. */
export function edges(left: string, right: string, width: number): string[] {
  const gap = width - left.length - right.length;
  return gap >= 2
    ? [`${left}${' '.repeat(gap)}${right}`]
    : [left, right.padStart(Math.min(width, right.length + 2))];
}
