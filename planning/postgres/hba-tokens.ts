import type { HbaToken } from './hba-types.js';

export interface HbaTokens {
  /** White space parts fields, commas part the names of one field. */
  fields: HbaToken[][];
  /** Text behind the first unquoted `#`. */
  comment?: string;
}

interface Scan {
  token?: HbaToken;
  /** A comma ended the token: the next one belongs to the same field. */
  comma: boolean;
  next: number;
  comment?: string;
}

/** Splits one logical line, as next_field_expand and next_token of hba.c do. */
export function tokenizeHbaLine(line: string): HbaTokens {
  const result: HbaTokens = { fields: [] };
  let field: HbaToken[] = [];
  for (let at = 0; ;) {
    const scan = nextToken(line, at);
    if (scan.comment !== undefined) result.comment = scan.comment;
    if (scan.token !== undefined) field.push(scan.token);
    if (!scan.comma || scan.token === undefined) {
      if (field.length > 0) result.fields.push(field);
      field = [];
    }
    if (scan.token === undefined) return result;
    at = scan.next;
  }
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\r';

function nextToken(line: string, start: number): Scan {
  let at = start;
  while (at < line.length && (isBlank(line.charAt(at)) || line.charAt(at) === ',')) at += 1;
  let text = '';
  let [inQuote, wasQuote, sawQuote, quoted] = [false, false, false, false];
  const end = (rest: Pick<Scan, 'comma' | 'next'> & { comment?: string }): Scan =>
    sawQuote || text !== '' ? { token: { text, quoted }, ...rest } : rest;
  for (; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (!inQuote && isBlank(char)) break;
    if (!inQuote && char === '#')
      return end({ comma: false, next: line.length, comment: line.slice(at + 1).trim() });
    if (!inQuote && char === ',') return end({ comma: true, next: at + 1 });
    // Two quotes inside quotes are one, and the second one of them opens the quotes again.
    if (char !== '"' || wasQuote) text += char;
    wasQuote = inQuote && char === '"' ? !wasQuote : false;
    if (char !== '"') continue;
    inQuote = !inQuote;
    sawQuote = true;
    if (text === '') quoted = true;
  }
  return end({ comma: false, next: at });
}
