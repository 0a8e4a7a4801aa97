import { addressBits, parseAddress, prefixMask } from './address.js';
import { tokenizeHbaLine } from './hba-tokens.js';
import type { HbaTokens } from './hba-tokens.js';
import { HBA_TYPES } from './hba-types.js';
import type { HbaAddress, HbaLineOfFile, HbaRule, HbaToken, HbaType } from './hba-types.js';

/**
 * Reads pg_hba.conf as PostgreSQL of this major version does. Give a text that was decoded so that it
 * can be encoded back to the same bytes.
 */
export function parseHba(text: string, majorVersion = 15): HbaLineOfFile[] {
  const physical = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const lines: HbaLineOfFile[] = [];
  for (let index = 0; index < physical.length;) {
    const first = index;
    let logical = '';
    let more: boolean;
    do {
      logical += (physical[index] ?? '').replace(/[\r\n]+$/, '');
      index += 1;
      // From 14 on a line goes on behind a backslash at its end, comments too.
      more = majorVersion >= 14 && logical.endsWith('\\');
      if (more) logical = logical.slice(0, -1);
    } while (more && index < physical.length);
    const raw = physical.slice(first, index).join('');
    lines.push({ line: first + 1, text: raw, ...readLine(tokenizeHbaLine(logical)) });
  }
  return lines;
}

function readLine({ fields, comment }: HbaTokens): Omit<HbaLineOfFile, 'line' | 'text'> {
  const rest = comment === undefined ? {} : { comment };
  const word = fields[0]?.[0]?.text;
  if (word === undefined) return { kind: 'blank', ...rest };
  if (/^include(_if_exists|_dir)?$/.test(word)) return { kind: 'include', ...rest };
  const rule = readRule(fields);
  return rule === undefined ? { kind: 'error', ...rest } : { kind: 'rule', rule, ...rest };
}

function readRule(fields: HbaToken[][]): HbaRule | undefined {
  const [type, databases, roles, ...rest] = fields;
  const word = type?.length === 1 ? type[0]?.text : undefined;
  if (!isType(word) || databases === undefined || roles === undefined) return undefined;
  const common = { type: word, databases, roles };
  if (word === 'local') return withMethod(common, rest);
  const read = readAddress(rest);
  return read === undefined
    ? undefined
    : withMethod({ ...common, address: read.address }, rest.slice(read.fields));
}

const isType = (word: string | undefined): word is HbaType => HBA_TYPES.some((type) => type === word);

function withMethod(rule: Omit<HbaRule, 'method' | 'options'>, fields: HbaToken[][]): HbaRule | undefined {
  const [method, ...options] = fields;
  const name = method?.length === 1 ? method[0]?.text : undefined;
  if (name === undefined) return undefined;
  return { ...rule, method: name, options: options.flat().map((token) => token.text) };
}

/** The address and how many fields it takes: two where a mask stands apart. */
function readAddress(fields: HbaToken[][]): { address: HbaAddress; fields: number } | undefined {
  const token = fields[0]?.length === 1 ? fields[0][0] : undefined;
  if (token === undefined) return undefined;
  const unknown: HbaAddress = { kind: 'unknown', text: token.text };
  if (!token.quoted && token.text === 'all') return { address: { kind: 'all' }, fields: 1 };
  if (!token.quoted && /^same(host|net)$/.test(token.text)) return { address: unknown, fields: 1 };
  const slash = token.text.indexOf('/');
  const base = parseAddress(slash < 0 ? token.text : token.text.slice(0, slash));
  // Either a host name, or a notation only the C library knows (10.1): both are left to the server. A
  // separate mask makes it the latter.
  if (base === undefined) return { address: unknown, fields: slash < 0 && hasMask(fields) ? 2 : 1 };
  if (slash >= 0) {
    const length = /^\d+$/.test(token.text.slice(slash + 1)) ? Number(token.text.slice(slash + 1)) : Infinity;
    if (length > addressBits(base.family)) return undefined;
    return { address: { kind: 'network', ...base, mask: prefixMask(base.family, length) }, fields: 1 };
  }
  const mask = fields[1]?.length === 1 ? parseAddress(fields[1][0]?.text ?? '') : undefined;
  if (mask?.family !== base.family) return undefined;
  return { address: { kind: 'network', ...base, mask: mask.value }, fields: 2 };
}

const hasMask = (fields: HbaToken[][]): boolean => parseAddress(fields[1]?.[0]?.text ?? '') !== undefined;
