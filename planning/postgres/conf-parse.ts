export type ConfLine = { line: number; /** The line's bytes with its line break. */ text: string } & (
  | { kind: 'blank' }
  | { kind: 'setting'; /** In lower case; custom names have a dot. */ name: string; value: string }
  | { kind: 'include'; directive: string; path: string }
  /** PostgreSQL calls it a syntax error: with it in a file, a reload is ignored and a start fails. */
  | { kind: 'error' }
);

// guc-file.l, flattened: name, optional `=`, one value, and nothing but a comment behind it. Bytes
// above 127 count as letters there.
const ID = String.raw`[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*`;
const QUOTED = String.raw`'(?:[^'\\\n]|\\[^\n]|'')*'`;
const NUMBER = String.raw`[-+]?(?:(?:\d+|0x[0-9a-fA-F]+)[a-zA-Z]*|\d*\.\d*(?:[Ee][-+]?\d+)?)`;
const WORD = String.raw`[A-Za-z_\u0080-\uffff](?:[A-Za-z_0-9\u0080-\uffff]|[-._:/])*`;
const END = String.raw`[ \t\r]*(?:#.*)?$`;
// A bare `a.b` is the name of a custom setting and never a value.
const VALUE = `${QUOTED}|${NUMBER}|(?!${ID}\\.${ID}${END})${WORD}`;
const SETTING = new RegExp(
  `^[ \\t\\r]*(${ID}(?:\\.${ID})?)(?:[ \\t\\r]*=[ \\t\\r]*|[ \\t\\r]+|(?='))(${VALUE})${END}`,
  's',
);
const BLANK = new RegExp(`^${END}`, 's');

/**
 * Reads postgresql.conf or postgresql.auto.conf line by line as the server does. Joining the `text` of
 * all lines gives the file back.
 */
export function parseConf(text: string): ConfLine[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.map((raw, index) => ({ line: index + 1, text: raw, ...readLine(raw.replace(/\n$/, '')) }));
}

type Reading =
  | { kind: 'blank' }
  | { kind: 'setting'; name: string; value: string }
  | { kind: 'include'; directive: string; path: string }
  | { kind: 'error' };

function readLine(line: string): Reading {
  if (BLANK.test(line)) return { kind: 'blank' };
  const match = SETTING.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) return { kind: 'error' };
  const name = match[1].replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const value = match[2].startsWith("'") ? unquote(match[2]) : match[2];
  return /^include(_dir|_if_exists)?$/.test(name)
    ? { kind: 'include', directive: name, path: value }
    : { kind: 'setting', name, value };
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

const unquote = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(/''|\\([0-7]{1,3}|.)/gs, (all, escaped: string | undefined) =>
      escaped === undefined
        ? all.slice(1)
        : /^[0-7]/.test(escaped)
          ? String.fromCharCode(Number.parseInt(escaped, 8) & 0xff)
          : (ESCAPES[escaped] ?? escaped),
    );

/** The settings of one file by lower-case name; the last line of a name wins, as in the server. */
export function confSettings(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of parseConf(text)) if (line.kind === 'setting') found[line.name] = line.value;
  return found;
}
