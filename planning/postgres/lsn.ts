/**
 * A position in the write-ahead log. Outside of planning it is always PostgreSQL's text `X/Y`
 * (Temporal's JSON knows no bigint); here it is the 64-bit number.
 * Positions of different timelines must not be compared: check the timelines first.
 */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (match === null) throw new Error(`not an LSN: ${JSON.stringify(text)}`);
  return (BigInt(`0x${match[1] ?? ''}`) << 32n) | BigInt(`0x${match[2] ?? ''}`);
}

/** As PostgreSQL prints it: upper-case hexadecimal, no leading zeros. */
export function formatLsn(lsn: bigint): string {
  if (lsn < 0n || lsn >= 1n << 64n) throw new Error(`an LSN has 64 bits: ${String(lsn)}`);
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/** Negative, zero or positive, for sorting and for `compareLsn(replayed, marker) >= 0`. */
export function compareLsn(left: string, right: string): -1 | 0 | 1 {
  const difference = lsnDiff(left, right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** `left - right` in bytes, like pg_wal_lsn_diff. */
export const lsnDiff = (left: string, right: string): bigint => parseLsn(left) - parseLsn(right);
