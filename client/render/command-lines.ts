import { wrap } from './layout.js';

/**
 * One command as lines of at most `width`, still the same command when it is pasted: shell is broken
 * only at spaces outside quotes and with a backslash, SQL at the same places without one; a quoted
 * connection string also between its keywords, where a line break means as much to libpq as a space. What
 * has no such place stays in one line. `FILE: line` and `write FILE …` are for reading only and wrap as text.
 */
export function commandLines(command: string, width: number): string[] {
  return command
    .split('\n')
    .flatMap((line) => (TEXT.test(line) ? textLines(line, width) : breakLine(line, width)));
}

const SQL = /^(SELECT|ALTER|CREATE|DROP|GRANT|REVOKE|INSERT|UPDATE|DELETE|CHECKPOINT|BEGIN|COMMIT|SET)\b/;
const TEXT = /^(\S+: |write )/;
const INDENT = '  ';

const textLines = (line: string, width: number): string[] =>
  wrap(line, width - INDENT.length).map((part, index) => `${index === 0 ? '' : INDENT}${part}`);

function breakLine(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const tail = SQL.test(line) ? '' : ' \\';
  const lines: string[] = [];
  let current = '';
  for (const word of unquotedWords(line)) {
    const lead = lines.length === 0 ? '' : INDENT;
    const joined = current === '' ? `${lead}${word}` : `${current} ${word}`;
    if (joined.length + tail.length <= width || current === '') current = joined;
    else {
      lines.push(`${current}${tail}`);
      current = `${INDENT}${word}`;
    }
    if (current.length + tail.length <= width || !CONNINFO.test(word)) continue;
    const parts = wrap(current.trimStart(), width - 2 * INDENT.length - tail.length);
    current = `${INDENT.repeat(2)}${parts.pop() ?? ''}`;
    lines.push(...parts.map((part, index) => `${index === 0 ? INDENT : INDENT.repeat(2)}${part}`));
  }
  return [...lines, current];
}

/** What buildConninfo makes, as the shell quotes it: no quotes within. */
const CONNINFO = /^(-+[a-z]+=)?'host=\S+( [a-z_]+=\S*)*'$/;

function unquotedWords(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let escaped = false;
  for (const character of line) {
    if (quote === '' && !escaped && character === ' ') {
      words.push(word);
      word = '';
      continue;
    }
    word += character;
    if (escaped) escaped = false;
    else if (character === '\\' && quote !== "'") escaped = true;
    else if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = '';
  }
  return [...words, word];
}
