/** An IP address as a number. IPv4 and IPv6 never match each other, as in PostgreSQL. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

export const addressBits = (family: 4 | 6): 32 | 128 => (family === 4 ? 32 : 128);

/**
 * Reads an IPv4 or IPv6 address in its usual notation. `undefined` for everything else: host names,
 * zones (`fe80::1%eth0`), and forms such as `10.1` or `010.0.0.1`, which some resolvers take for
 * addresses of their own reading.
 */
export function parseAddress(text: string): Address | undefined {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const [head, tail, more] = text.split('::');
  if (head === undefined || more !== undefined) return undefined;
  const left = groupsOf(head, tail === undefined);
  const right = tail === undefined ? [] : groupsOf(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => 0n), ...right];
  return groups.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; the last may be a dotted IPv4 address where the text ends. */
function groupsOf(side: string, atEnd: boolean): bigint[] | undefined {
  if (side === '') return [];
  const words = side.split(':');
  const groups: bigint[] = [];
  for (const [index, word] of words.entries()) {
    const dotted = atEnd && index === words.length - 1 && word.includes('.') ? parseIpv4(word) : undefined;
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(word)) groups.push(BigInt(`0x${word}`));
    else return undefined;
  }
  return groups;
}

/** The mask of a prefix length. */
export const prefixMask = (family: 4 | 6, length: number): bigint => {
  const bits = addressBits(family);
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
};

/** Whether `address` lies in the network; a mask need not be a prefix, PostgreSQL takes any. */
export const isInNetwork = (address: Address, network: Address, mask: bigint): boolean =>
  address.family === network.family && ((address.value ^ network.value) & mask) === 0n;
