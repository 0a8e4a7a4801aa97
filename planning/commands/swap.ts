import type { LinkedDirectory, OldLinkedDirectory } from '../../workflows/contract/target.js';
import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { LINKED, linkedVariable, oldLinkedVariable } from './linked.js';
import { OLD_SERVER, oldServerVariables, type OldServerInput } from './old-server.js';
import { PROCESSES } from './processes.js';
import { REHEARSAL } from './rehearsal.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface SwapInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
  /** False outside of the window for swaps: only one that was cut off goes on. */
  mayBegin: boolean;
  oldServer: OldServerInput;
  /** Empty class: there is no old directory to move aside. */
  hasOldDirectory: boolean;
  replacedDirectory: string;
  /** Of the copy, and of the old cluster, what lies outside of the data directory. */
  linked?: readonly LinkedDirectory[] | undefined;
  oldLinked?: readonly OldLinkedDirectory[] | undefined;
  unit: string;
}

/**
 * The swap, as a table of what can be seen on disk. Every row has one next action, so the script may be
 * cut off anywhere and run again:
 *
 *   data directory | replaced | incoming | next
 *   the old one    | –        | yes      | check the fingerprint, stop the server, move the old one aside
 *   –              | yes      | yes      | move what belongs to them, then the copy in
 *   –              | –        | yes      | likewise (only where there was no old directory)
 *   the copy       | any      | –        | done
 *
 * Tablespaces and a linked pg_wal are moved in the middle rows, where nothing can start: of each directory, old or
 * new, the record says what it is, whence and whither, so where it lies says what is next:
 *
 *   of the old cluster, at its path     | move it aside
 *   of the old cluster, aside           | lead the old directory's link there
 *   of the copy, where it was made      | move it to its path, once all of the old ones are aside
 *   of the copy, at its path            | lead the copy's link there
 *   anywhere else                       | refuse: somebody has moved it
 *
 * The data directory is thus the first to go and the copy's the last to come: whatever lies at its path, all
 * that it leads to is its own. The parent directory is synced after each rename: after a power cut the disk
 * shows one of these rows.
 */
const SWAP = `
is_copy() { [ -n "$(rec incomingInode)" ] && [ "$(stat -c %i "$DATA" 2>/dev/null)" = "$(rec incomingInode)" ]; }
old_is_stopped() { is_stopped "$DATA"; }
now_ms() { date +%s%3N; }
check_approval() {
  # This very swap had begun: what it moves no longer looks as approved. But its copy may have been rehearsed again.
  [ "$(rec intent)" != "$APPROVED" ] || { stop_rehearsal; return 0; }
  if [ "$(fingerprint)" != "$APPROVED" ]; then fingerprint_lines | say64 lines; refuse PLAN_OUTDATED "the data directory is not the one that was approved"; fi
  [ "$MAY_BEGIN" = yes ] || refuse WINDOW_CLOSED "it is swapped only within its window, which is closed by the worker's clock"
  check_use
  stop_rehearsal # while the old server still serves
  check_use # somebody may have come meanwhile
}
note_old_ran() { # whether an undo starts it again
  [ -n "$(rec oldRan)" ] || note oldRan "$(if old_is_stopped; then echo no; else echo yes; fi)"
}
stop_old_server() {
  [ -n "$(rec stoppedAtMs)" ] || note stoppedAtMs "$(now_ms)"
  stop_server
  await 120 old_is_stopped || refuse STOP_FAILED "$(why_not_stopped "$DATA")"
}
exists() { [ -e "$1" ] || [ -L "$1" ]; }
links_now() {
  for found in "$DATA/pg_wal" "$DATA"/pg_tblspc/*; do
    if [ -L "$found" ] && [ -d "$found" ]; then printf '%s\\037%s\\n' "\${found#"$DATA"/}" "$(readlink -f -- "$found")"; fi
  done
}
was_dropped() { # LINK: of a tablespace, by the copy itself, which has replayed that on the leader while it was rehearsed
  [ "$1" != pg_wal ] && ! exists "$incoming/$1"
}
check_link_of_copy() { # LINK INCOMING FINAL
  read_note "new.$1"
  [ "$from" = "$2" ] && [ "$to" = "$3" ] && is_directory_of "$2" "$fs" "$inode" || refuse SWAP_UNEXPECTED "$2 is not the directory that operation $OP made"
  [ -L "$incoming/$1" ] || was_dropped "$1" || refuse SWAP_UNEXPECTED "$incoming/$1 is not a link"
  counted=$((counted + 1))
  if printf '%s\\n' "$OLD_LINKED" | cut -d"$US" -f2 | grep -qxF -- "$3"; then return; fi # that one goes first
  ! exists "$3" || { [ ! -L "$3" ] && [ -d "$3" ] && [ -z "$(ls -A "$3")" ]; } || refuse SWAP_UNEXPECTED "there is something at $3"
}
check_linked() { # all that can be told before the server is stopped
  counted=0
  each_linked check_link_of_copy
  [ "$counted" = "$(noted new | grep -c .)" ] || refuse SWAP_UNEXPECTED "the copy was made with other directories than those of the plan"
  [ "$(links_now | sort)" = "$(printf '%s' "$OLD_LINKED" | cut -d"$US" -f1,2 | sort)" ] ||
    refuse SWAP_UNEXPECTED "the links in $DATA do not lead where they did when the card was made"
  while IFS=$US read -r link path aside; do
    [ -n "$link" ] || continue
    ! exists "$aside" || refuse SWAP_UNEXPECTED "both $path and $aside exist"
    ! is_mount_root "$path" || refuse SWAP_UNEXPECTED "$path is a mount point"
  done <<END
$OLD_LINKED
END
}
begin_swap() { # what is moved, and that it was approved: one note, before the first change
  { grep -Ev '^(intent|old(\\.[^=]*)?)=' "$REC"
    echo "intent=$APPROVED"
    [ ! -e "$DATA" ] || identity_line old "$DATA" "$REPLACED"
    while IFS=$US read -r link path aside; do [ -z "$link" ] || identity_line "old.$link" "$path" "$aside"; done <<END
$OLD_LINKED
END
  } | put_record || exit
  journal
}
move_linked() {
  for name in $(noted old); do
    move_noted "$name"
    relink "$REPLACED" "\${name#old.}" "$to"
  done
  for name in $(noted new); do
    move_noted "$name"
    was_dropped "\${name#new.}" || relink "$incoming" "\${name#new.}" "$to"
  done
}
swap() {
  incoming=$DATA.incoming-$OP
  if is_copy && [ ! -e "$incoming" ]; then
    [ -n "$(rec swapped)" ] || note swapped yes
    say changed no; return
  fi
  [ -d "$incoming" ] && [ "$(stat -c %i "$incoming")" = "$(rec incomingInode)" ] || refuse SWAP_UNEXPECTED "there is no complete copy at $incoming"
  [ -f "$incoming/standby.signal" ] || refuse SWAP_UNEXPECTED "$incoming has no standby.signal"
  if [ -e "$DATA" ]; then
    [ ! -e "$REPLACED" ] || refuse SWAP_UNEXPECTED "both $DATA and $REPLACED exist"
    check_approval
    check_linked
    begin_swap
    note_old_ran
    stop_old_server
    move_noted old
  else
    stop_rehearsal
    [ -e "$REPLACED" ] || [ "$HAS_OLD" = no ] || refuse SWAP_UNEXPECTED "neither $DATA nor $REPLACED exists"
    if [ "$HAS_OLD" = no ] && [ -z "$(rec intent)" ]; then check_approval; check_linked; begin_swap; fi
  fi
  move_linked
  mv -T "$incoming" "$DATA" || refuse SWAP_UNEXPECTED "could not move $incoming to $DATA"
  sync_dir "\${DATA%/*}"
  note swapped yes
  await 30 unit_is_down || refuse STOP_FAILED "$UNIT is still $(unit_state)"
  say changed yes
}
`;

export function swapScript(input: SwapInput): string {
  return buildScript({
    variables: {
      ...guardVariables(input.guard),
      ...input.fingerprint,
      APPROVED: input.approvedFingerprint,
      MAY_BEGIN: input.mayBegin ? 'yes' : 'no',
      HAS_OLD: input.hasOldDirectory ? 'yes' : 'no',
      REPLACED: input.replacedDirectory,
      LINKED: linkedVariable(input.linked),
      OLD_LINKED: oldLinkedVariable(input.oldLinked),
      ...oldServerVariables(input.oldServer),
      UNIT: input.unit,
    },
    functions: [DURABLE, GUARD, PROCESSES, SERVICE, REHEARSAL, FINGERPRINT, LINKED, OLD_SERVER, SWAP],
    body: 'guard\nswap',
  });
}
