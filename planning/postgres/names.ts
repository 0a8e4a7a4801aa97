import type { ReplicationConfig } from '../../workflows/contract/config.js';

/** PostgreSQL cuts longer names off with no more than a notice (NAMEDATALEN 64). */
const MAX_NAME_BYTES = 63;

/**
 * Slot of one operation on one follower: `rb_<follower>_<first 6 hex of the operation>`. The operation
 * is part of it, so that a slot left by an earlier one is never taken for ours.
 */
export function slotName(follower: string, op: string): string {
  const name = `${slotPrefix(follower)}${op.slice(0, 6)}`;
  if (!/^rb_[a-z0-9_]+_[0-9a-f]{6}$/.test(name) || name.length > MAX_NAME_BYTES)
    throw new Error(`no slot name can be made of ${JSON.stringify(follower)} and ${JSON.stringify(op)}`);
  return name;
}

/** What the slots of all operations on a follower begin with. */
export const slotPrefix = (follower: string): string => `rb_${follower.replaceAll('-', '_')}_`;

/** The role a follower replicates with: one of its own where the password is generated, else the common one. */
export function roleName(
  replication: Pick<ReplicationConfig, 'role' | 'password'>,
  follower: string,
): string {
  const name =
    replication.password.kind === 'generate' ? `${replication.role}_${follower}` : replication.role;
  // One character has at most 4 bytes in UTF-8; counting them exactly needs no more than this.
  if (byteLength(name) > MAX_NAME_BYTES) throw new Error(`role name is longer than 63 bytes: ${name}`);
  return name;
}

const byteLength = (text: string): number => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, '.').length;

/** pg's escapeIdentifier; repeated here because pg brings node's types along. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** pg's escapeLiteral: an E'' string where there is a backslash, so that standard_conforming_strings does not matter. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}
