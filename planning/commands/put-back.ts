import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { KEPT, REVERSAL_FINGERPRINT } from './kept.js';
import { OLD_SERVER, oldServerVariables, type OldServerInput } from './old-server.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface ReversalScriptInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
}

export const reversalVariables = (input: ReversalScriptInput): Record<string, string> => ({
  ...guardVariables(input.guard),
  ...input.fingerprint,
  APPROVED: input.approvedFingerprint,
});

export interface PutBackInput extends ReversalScriptInput {
  oldServer: OldServerInput;
  unit: string;
}

/**
 * The swap in the other direction, as a table of what can be seen on disk:
 *
 *   data directory | replaced | displaced | next
 *   the copy       | the old  | –         | check the fingerprint, stop the follower, move the copy aside
 *   –              | the old  | the copy  | linked directories likewise, then move the old one back
 *   the old one    | –        | the copy  | done
 *
 * The data directory goes first and comes back last: between, no server can start. Every directory is known by
 * file system and inode, every rename is synced before the next, and what has been moved is found again.
 */
const PUT_BACK = `
move() { # FROM TO
  [ ! -e "$2" ] && [ ! -L "$2" ] || refuse UNDO_UNEXPECTED "both $1 and $2 exist"
  mv -T "$1" "$2" || refuse UNDO_UNEXPECTED "could not move $1 to $2"
  sync_dir "\${2%/*}"
}
is_copy_at() { [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %i "$1")" = "$(rec incomingInode)" ]; }
follower_is_stopped() { is_stopped "$DATA"; }
as_owner() { setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups "$@"; }
linked() { # PREFIX: LINK and the words of each directory that a link leads to
  sed -n "s/^$1\\\\.\\\\([^=]*\\\\)=/\\\\1 /p" "$REC"
}
displace_linked() { # the copy's; its links then lead to where they lie, or a start of it would use the live ones
  linked new | while read -r link fs inode _ path64; do
    path=$(unb64 "$path64"); aside=$path.displaced-$OP
    if ! is_directory "$aside" "$fs" "$inode"; then
      is_directory "$path" "$fs" "$inode" || refuse UNDO_UNEXPECTED "$path is not the directory that operation $OP made"
      note "displaced.$link" "$fs $inode $path64 $(b64 "$aside")"
      move "$path" "$aside"
    fi
    as_owner ln -sfn "$aside" "$DISPLACED/$link" || refuse UNDO_UNEXPECTED "could not change the link $DISPLACED/$link"
  done
}
restore_linked() {
  linked old | while read -r link fs inode path64 replaced64; do
    path=$(unb64 "$path64"); replaced=$(unb64 "$replaced64")
    if ! is_directory "$path" "$fs" "$inode"; then
      is_directory "$replaced" "$fs" "$inode" || refuse REPLACED_DATA_MISSING "$replaced is not the directory that operation $OP set aside"
      move "$replaced" "$path"
    fi
    # The swap has led it to where that was moved.
    as_owner ln -sfn "$path" "$REPLACED/$link" && sync_dir "$(dirname "$REPLACED/$link")" || refuse UNDO_UNEXPECTED "could not change the link $REPLACED/$link"
  done
}
all_is_there() { # before anything is moved
  linked old | while read -r link fs inode path64 replaced64; do
    is_directory "$(unb64 "$replaced64")" "$fs" "$inode" || refuse REPLACED_DATA_MISSING "$(unb64 "$replaced64") is not the directory that operation $OP set aside"
  done
}
put_back() {
  [ -f "$REC" ] || refuse STALE_ATTEMPT "there is no record of operation $OP"
  [ -z "$(rec undoneAt)" ] || refuse STALE_ATTEMPT "operation $OP was undone at $(rec undoneAt)"
  [ -z "$(rec purgedAt)" ] || refuse REPLACED_DATA_MISSING "what operation $OP replaced was purged at $(rec purgedAt)"
  set -- $(field old)
  [ $# = 4 ] || refuse UNDO_UNEXPECTED "operation $OP has set no data directory aside"
  FS=$1 INODE=$2 REPLACED=$(unb64 "$4") DISPLACED=$DATA.displaced-$OP
  if is_directory "$DATA" "$FS" "$INODE"; then
    [ "$(rec undo)" = begun ] || refuse UNDO_UNEXPECTED "$DATA is the old directory already"
    reopen undo
    say changed no; return
  fi
  is_directory "$REPLACED" "$FS" "$INODE" || refuse REPLACED_DATA_MISSING "$REPLACED is not the directory that operation $OP set aside"
  if [ -e "$DATA" ] || [ -L "$DATA" ]; then
    is_copy_at "$DATA" || refuse UNDO_UNEXPECTED "$DATA is not the directory that operation $OP put there"
    all_is_there || exit
    if check_reversal undo; then check_use; fi
    reopen undo
    [ -n "$(rec displaced)" ] || note displaced "$(file_system_of "$DATA") $(stat -c %i "$DATA") $(b64 "$DATA") $(b64 "$DISPLACED")"
    journal
    stop_server
    await 120 follower_is_stopped || refuse STOP_FAILED "$(why_not_stopped "$DATA")"
    move "$DATA" "$DISPLACED"
  else
    is_copy_at "$DISPLACED" || refuse UNDO_UNEXPECTED "neither $DATA nor $DISPLACED is the directory that operation $OP put there"
    reopen undo
  fi
  displace_linked || exit
  restore_linked || exit
  move "$REPLACED" "$DATA"
  say changed yes
}
`;

/** Moves the copy aside and what it replaced back. */
export function putBackScript(input: PutBackInput): string {
  return buildScript({
    variables: { ...reversalVariables(input), ...oldServerVariables(input.oldServer), UNIT: input.unit },
    functions: [
      DURABLE,
      GUARD,
      PROCESSES,
      SERVICE,
      FINGERPRINT,
      OLD_SERVER,
      KEPT,
      REVERSAL_FINGERPRINT,
      PUT_BACK,
    ],
    body: 'lock\nput_back',
  });
}
