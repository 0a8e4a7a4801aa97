import { shellQuote } from '../shell-quote.js';

/**
 * The detached copy as its files tell it. A job is a directory `jobs/<op>/<n>`; whoever comes back finds
 * everything there:
 *
 *   lock    held (fd 9) by the runner and every descendant: "running" cannot lie
 *   pid     pid, start time and boot id of the runner
 *   copied  pg_basebackup ended well
 *   result  `verified <sha256 of backup_manifest>`, `copy-failed <status>`, `verify-failed <status>` or
 *           `disk-guard <bytes free> <bytes of reserve>`
 *   log     everything the programs said
 *   closed  the job has failed and its directory was cleaned; the next one may begin
 *
 * pg_basebackup renames the manifest to its name as the last thing of all, after it has synced every file. So
 * a job that is gone, even by a power cut, and has left a manifest has copied everything (`complete`); what is
 * missing is the verification, and the job is started once more for that alone.
 *
 * Variables: STATE, DATA, OP, REC, TARGET (the directory that is copied into). Needs GUARD and JOB_UNIT.
 */
export const JOB_STATE = `
newest_job() { ls "$STATE/jobs/$OP" 2>/dev/null | sort -n | tail -n 1; }
boot_id() { cat /proc/sys/kernel/random/boot_id; }
start_time() { # PID; nothing for a zombie: it is dead
  s=$(cat "/proc/$1/stat" 2>/dev/null) && s=\${s##*") "} && set -- $s && [ "$1" != Z ] && echo "\${20}"
}
is_ours() { [ "$(stat -c %i "$TARGET")" = "$(rec incomingInode)" ] || { [ "$TARGET" = "$DATA" ] && [ "$(rec wiped)" = yes ]; }; }
is_complete() { [ -f "$TARGET/backup_manifest" ] && is_ours; }
job_state() { # DIRECTORY: sets state, result, note
  look_at_job "$1"
  # Between two looks a running job may have ended: only what is seen again is believed.
  case $state in orphaned | vanished) look_at_job "$1" ;; esac
}
look_at_job() {
  note=
  result=$(cat "$1/result" 2>/dev/null)
  pid= born= boot=
  [ ! -f "$1/pid" ] || read -r pid born boot <"$1/pid" 2>/dev/null
  if [ -f "$1/closed" ]; then state=closed
  elif [ -n "$result" ]; then
    state=ended
    same_boot || note=rebooted
  elif lock_is_held "$1"; then
    state=running
    if [ -n "$pid" ] && [ "$boot $born" != "$(boot_id) $(start_time "$pid")" ]; then state=orphaned; fi
  elif [ -n "$pid" ]; then
    state=vanished
    same_boot || note=rebooted
  elif unit_is_active "\${1##*/}"; then state=running
  else state=unstarted
  fi
}
same_boot() { [ "$boot" = "$(boot_id)" ]; }
`;

/**
 * What stands on disk of the copy, without WAL, as the leader's own figure is; nothing when counting takes too
 * long. The first directory is the data directory to be.
 */
export const copiedBytes = (directories: readonly string[]): string => `
copied_bytes() {
  for directory in ${directories.map(shellQuote).join(' ')}; do
    (cd "$directory" 2>/dev/null && timeout 20 du -s --block-size=1 --exclude=./pg_wal . 2>/dev/null)
  done | awk '{ bytes += $1 } END { if (NR > 0) printf "%.0f\\n", bytes }'
}
`;
