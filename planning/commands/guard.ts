/**
 * What every mutating script begins with. The lock keeps two scripts apart; the record says whose
 * operation this is and at which epoch, so that an attempt left over from an older run can do nothing.
 *
 * The record `op/<key>/<op>` is lines of `name=value`, replaced by rename (docs/decisions/0001).
 * Variables: DATA (real path of the data directory), OP, EPOCH, SIDE, WORKFLOW, SERVER, RUN, REQUESTER, JOURNAL.
 */
export const GUARD = `
record_value() { sed -n "s|^$2=||p" "$1" 2>/dev/null; }
rec() { record_value "$REC" "$1"; }
put_record() { put "$REC" || refuse COMMAND_FAILED "could not write $REC"; } # what follows relies on it
note() { # NAME VALUE: one line of the record, durable before this returns
  { grep -v "^$1=" "$REC"; printf '%s=%s\\n' "$1" "$2"; } | put_record || exit
}
b64() { printf %s "$1" | base64 -w0; }
forget() { grep -v "^$1=" "$REC" | put_record || exit; }
adopt() { # all of it at once: half an adoption would shut out both the former run and this one
  { grep -Ev '^(epoch|runId|closedAt)=' "$REC"; printf '%s\\n' "epoch=$EPOCH" "runId=$RUN"; } | put_record || exit
}
state_key() { printf %s "$DATA" | sha256sum | cut -c1-16; }
lock() {
  KEY=$(state_key)
  mkdir -p "$STATE/lock" "$STATE/op/$KEY" "$STATE/jobs" "$STATE/backup"
  chmod 700 "$STATE"
  exec 8>>"$STATE/lock/$KEY"
  flock -w 10 8 || refuse HOST_BUSY "the lock on $DATA is held"
  REC=$STATE/op/$KEY/$OP
}
is_open() { [ -f "$1" ] && [ -z "$(record_value "$1" closedAt)" ]; }
refuse_others() {
  for other in "$STATE/op/$KEY"/*; do
    case $other in "$REC" | *.tmp | *'*') continue ;; esac
    is_open "$other" || continue
    if [ "$(record_value "$other" workflowId)" != "$WORKFLOW" ] || [ "$(record_value "$other" server)" != "$SERVER" ]; then
      refuse HOST_CLAIMED "operation \${other##*/} of run $(record_value "$other" workflowId), started by $(record_value "$other" requester) on $(record_value "$other" server), is open on $DATA"
    fi
  done
}
claim() { # the operation is ours at this epoch from here on, or the script ends
  refuse_others
  if [ ! -f "$REC" ]; then
    printf '%s\\n' "op=$OP" "workflowId=$WORKFLOW" "server=$SERVER" "requester=$REQUESTER" "dataDirectory=$DATA" "side=$SIDE" \\
      "openedAt=$(date -u +%FT%TZ)" "epoch=$EPOCH" "runId=$RUN" | put_record || exit
    return
  fi
  had=$(rec epoch)
  if [ "$had" -gt "$EPOCH" ]; then refuse STALE_ATTEMPT "operation $OP is at epoch $had, this attempt at $EPOCH"; fi
  if [ "$had" -lt "$EPOCH" ]; then adopt; return; fi
  [ "$(rec runId)" = "$RUN" ] || refuse STALE_ATTEMPT "operation $OP is in the hands of run $(rec runId)"
  is_open "$REC" || refuse STALE_ATTEMPT "operation $OP was closed at $(rec closedAt)"
}
guard() { lock; claim; }
journal() { # written before the change, as a database does: what follows may have happened
  printf '{"at":"%s",%s\\n' "$(date -u +%FT%TZ)" "\${JOURNAL#?}" >>"$STATE/journal.jsonl" && sync "$STATE/journal.jsonl" ||
    refuse COMMAND_FAILED "could not write $STATE/journal.jsonl"
}
`;

export type OperationSide = 'leader' | 'follower';

export interface GuardInput {
  dataDirectory: string;
  op: { id: string; epoch: number };
  /** Whose operation it is: the leader's own, or a follower's, which has a record on both hosts. */
  side: OperationSide;
  claimant: { workflowId: string; runId: string; server: string; requester: string };
  /** What the journal line tells; JSON-able, never a secret. */
  journal: { step: string; commands: string[] };
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** The variables {@link GUARD} reads. */
export function guardVariables({
  dataDirectory,
  op,
  side,
  claimant,
  journal,
}: GuardInput): Record<string, string> {
  return {
    DATA: dataDirectory,
    OP: op.id,
    EPOCH: String(op.epoch),
    SIDE: side,
    WORKFLOW: oneLine(claimant.workflowId),
    SERVER: oneLine(claimant.server),
    RUN: oneLine(claimant.runId),
    REQUESTER: oneLine(claimant.requester),
    JOURNAL: JSON.stringify({ op: op.id, epoch: op.epoch, by: claimant.requester, ...journal }),
  };
}
