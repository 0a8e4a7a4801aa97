import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD } from './guard.js';
import { KEPT, REVERSAL_FINGERPRINT } from './kept.js';
import { PROCESSES } from './processes.js';
import { reversalVariables, type ReversalScriptInput } from './put-back.js';
import { buildScript } from './script.js';

/**
 * Deletes what was set aside: each directory only under the name an operation gave it and if it is the one that
 * was recorded, never across a mount, never through a link (`rm` removes links as links), and never one that
 * holds anything the live server uses.
 */
const PURGE = `
live_paths() { for live in "$DATA" "$DATA"/pg_wal "$DATA"/pg_tblspc/*; do [ ! -e "$live" ] || readlink -f "$live"; done; }
is_unused() { # DIRECTORY
  live_paths | while IFS= read -r live; do case $live/ in "$1"/*) exit 1 ;; esac; done ||
    refuse PURGE_UNSAFE "the live data lies in $1"
  [ -z "$(mounts_below "$1")" ] || refuse PURGE_UNSAFE "a file system is mounted below $1: $(mounts_below "$1")"
  [ -z "$(processes_in "$1")" ] || refuse PURGE_UNSAFE "processes $(processes_in "$1" | joined) work in $1"
}
ours() { kept | while read -r op kind link state rest; do [ "$state" != ours ] || echo "$op $kind $link $rest"; done; }
each_is_unused() {
  ours | while read -r op kind link fs inode path64 kept64; do
    directory=$(unb64 "$kept64")
    case $directory in *".replaced-$op" | *".displaced-$op") ;; *) refuse PURGE_UNSAFE "$directory has no name of operation $op" ;; esac
    is_unused "$directory"
  done
}
total() { ours | while read -r op kind link fs inode path64 kept64; do bytes_of "$(unb64 "$kept64")" 120; done | awk '{ sum += $1 } END { printf "%.0f", sum }'; }
remove_each() {
  ours | while read -r op kind link fs inode path64 kept64; do
    directory=$(unb64 "$kept64")
    is_unused "$directory"
    is_directory "$directory" "$fs" "$inode" || refuse PURGE_UNSAFE "$directory is not the directory that operation $op set aside"
    rm -rf --one-file-system -- "$directory" || refuse COMMAND_FAILED "$directory could not be removed"
    sync_dir "\${directory%/*}"
    (REC=$STATE/op/$KEY/$op; note purgedAt "$(date -u +%FT%TZ)") || exit
  done
}
purge() {
  if check_reversal purge; then each_is_unused || exit; fi
  reopen purge
  [ -n "$(rec purgeBytes)" ] || note purgeBytes "$(total)"
  if [ -z "$(ours)" ]; then say changed no
  else journal; remove_each || exit; say changed yes; fi
  say bytes "$(rec purgeBytes)"
}
`;

export function purgeScript(input: ReversalScriptInput): string {
  return buildScript({
    variables: reversalVariables(input),
    functions: [DURABLE, GUARD, PROCESSES, FINGERPRINT, KEPT, REVERSAL_FINGERPRINT, PURGE],
    body: 'lock\npurge',
  });
}
