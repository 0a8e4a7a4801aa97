import { createHash } from 'node:crypto';
import type { RunConfig } from '../../workflows/contract/config.js';

/** sha256 (hex) of the configuration's meaning: the order of keys and comments do not count. */
export const configDigest = (config: RunConfig): string =>
  createHash('sha256').update(canonicalJson(config)).digest('hex');

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
