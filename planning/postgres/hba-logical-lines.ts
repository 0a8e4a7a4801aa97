export interface LogicalLine {
  /** Number of its first line in the file, from 1. */
  line: number;
  /** Its bytes, line breaks included; all of them joined give the file back. */
  text: string;
  /** What the server reads: one line without its breaks and continuation marks. */
  logical: string;
}

/** Splits a file as tokenize_auth_file of hba.c does. From 14 on a line goes on behind a backslash at its end, comments too. */
export function logicalLines(text: string, majorVersion: number): LogicalLine[] {
  const physical = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const lines: LogicalLine[] = [];
  for (let index = 0; index < physical.length;) {
    const first = index;
    let logical = '';
    // A backslash counts only behind the place of the last one: of two at a line's end the first is text.
    let joinedAt = 0;
    for (let more = true; more && index < physical.length; index += 1) {
      logical = (logical + (physical[index] ?? '')).replace(/[\r\n]+$/, '');
      more = majorVersion >= 14 && logical.length > joinedAt && logical.endsWith('\\');
      if (!more) continue;
      logical = logical.slice(0, -1);
      joinedAt = logical.length;
    }
    lines.push({ line: first + 1, text: physical.slice(first, index).join(''), logical });
  }
  return lines;
}
