import { DURABLE } from './durable.js';
import { FINGERPRINT, fingerprintVariables, type FingerprintInput } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { KEPT, REVERSAL_FINGERPRINT } from './kept.js';
import { buildScript } from './script.js';
import type { ReversalKind } from '../../workflows/contract/target.js';

/** Closes the record of an operation that was undone, or whose replaced data was purged. */
export function closeReversalScript(guard: GuardInput, kind: ReversalKind): string {
  return buildScript({
    variables: {
      ...guardVariables(guard),
      KIND: kind,
      ENDED: kind === 'undo' ? 'undoneAt' : 'purgedAt',
    },
    functions: [DURABLE, GUARD],
    body: `
lock
[ -f "$REC" ] || { say changed no; exit 0; }
if ! is_open "$REC" && [ "$(rec epoch)" = "$EPOCH" ]; then say changed no; exit 0; fi
claim
now=$(date -u +%FT%TZ)
{ grep -Ev "^($KIND|\${KIND}Intent|$ENDED|closedAt|purgeBytes)=" "$REC"; printf '%s\\n' "$ENDED=$now" "closedAt=$now"; } | put_record || exit
say changed yes
`,
  });
}

/** The digest the approval of an undo or a purge is bound to. Reads only. */
export function reversalFingerprintScript(
  dataDirectory: string,
  op: string,
  input: FingerprintInput,
): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op, ...fingerprintVariables(input) },
    functions: [GUARD, FINGERPRINT, KEPT, REVERSAL_FINGERPRINT],
    body: `
reversal_lines | say64 lines
say fingerprint "$(reversal_fingerprint)"
`,
  });
}
