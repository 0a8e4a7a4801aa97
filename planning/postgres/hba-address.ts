import { addressBits, parseAddress, prefixMask, type Address } from './address.js';
import type { HbaAddress, HbaToken } from './hba-types.js';

/** The address of a rule and how many fields it takes: two where a mask stands apart. `undefined`: an error. */
export function readHbaAddress(fields: HbaToken[][]): { address: HbaAddress; fields: number } | undefined {
  const token = fields[0]?.length === 1 ? fields[0][0] : undefined;
  if (token === undefined) return undefined;
  const { text, quoted } = token;
  if (!quoted && (text === 'all' || text === 'samehost' || text === 'samenet'))
    return { address: { kind: text }, fields: 1 };
  const slash = text.indexOf('/');
  const base = parseNumeric(slash < 0 ? text : text.slice(0, slash));
  if (base === undefined) return readName(text, fields);
  if (slash >= 0) {
    const mask = parsePrefix(text.slice(slash + 1), base.family);
    return mask === undefined ? undefined : { address: { kind: 'network', ...base, mask }, fields: 1 };
  }
  const mask = fields[1]?.length === 1 ? parseNumeric(fields[1][0]?.text ?? '') : undefined;
  if (mask?.family !== base.family) return undefined;
  return { address: { kind: 'network', ...base, mask: mask.value }, fields: 2 };
}

/** A host name, which takes no mask; or an address with a zone (`fe80::1%eth0`), which may, and only the host knows. */
function readName(text: string, fields: HbaToken[][]): { address: HbaAddress; fields: number } | undefined {
  const hasMask = text.includes('%') && parseNumeric(fields[1]?.[0]?.text ?? '') !== undefined;
  if (text.includes('/') && !text.includes('%')) return undefined;
  return { address: { kind: 'unknown', text }, fields: hasMask && !text.includes('/') ? 2 : 1 };
}

/** The server reads the length with strtol. */
function parsePrefix(text: string, family: 4 | 6): bigint | undefined {
  const length = /^[ \t\n\v\f\r]*[+-]?\d+$/.test(text) ? Number(text) : -1;
  return length < 0 || length > addressBits(family) ? undefined : prefixMask(family, length);
}

const parseNumeric = (text: string): Address | undefined => parseAddress(text) ?? parseShort(text);

/** What getaddrinfo of the C library takes besides: `10.1` is 10.0.0.1, `0x0a000001` and `012.0.0.1` too. */
function parseShort(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(part)))
    return undefined;
  const numbers = parts.map((part) => BigInt(/^0[0-7]+$/.test(part) ? `0o${part}` : part));
  const last = numbers.pop() ?? 0n;
  const room = BigInt(8 * (4 - numbers.length));
  if (numbers.some((number) => number > 255n) || last >= 1n << room) return undefined;
  const value = numbers.reduce((sum, number) => (sum << 8n) | number, 0n);
  return { family: 4, value: (value << room) | last };
}
