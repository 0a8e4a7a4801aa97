import { shellQuote } from '../shell-quote.js';
import { EMPTY_DIRECTORY } from './empty-directory.js';

/** What the copy leaves free on a file system, for whatever else lives there. */
export interface DiskReserve {
  percent: number;
  leastBytes: number;
}

export interface RunnerInput {
  osUser: string;
  backupArguments: string[];
  verifyArguments: string[];
  /** Every directory that is copied into; the first is the data directory to be. */
  directories: string[];
  reserve: DiskReserve;
}

/**
 * What the job runs, as root; the programs themselves run as the cluster's owner. Nobody has to be connected:
 * it guards the disk, verifies the copy and records how it ended. Started again on a job that has `copied`, it
 * verifies alone.
 */
export function jobRunner({
  osUser,
  backupArguments,
  verifyArguments,
  directories,
  reserve,
}: RunnerInput): string {
  const as = `cd / && exec setpriv --reuid=${shellQuote(osUser)} --regid=${shellQuote(osUser)} --init-groups env LC_ALL=C HOME=/`;
  const words = (argv: readonly string[]): string => argv.map(shellQuote).join(' ');
  const program = (argv: readonly string[]): string => `(${as} ${words(argv)}) </dev/null >>log 2>&1`;
  return `#!/bin/sh
set -u
umask 077
backup() { ${program(backupArguments)}; }
verify() { ${program(verifyArguments)}; }
each_directory() { # COMMAND...: the first that fails ends it
  for directory in ${words(directories)}; do "$@" "$directory" || return; done
}
percent=${String(reserve.percent)} least=${String(reserve.leastBytes)}
manifest=${shellQuote(`${directories[0] ?? ''}/backup_manifest`)}
${RUNNER}`;
}

const RUNNER = `${EMPTY_DIRECTORY}put() { printf '%s\\n' "$2" >"$1.tmp" && sync "$1.tmp" && mv -T "$1.tmp" "$1" && sync .; }
end() { put result "$1"; exit 0; }
pause() { (exec 9>&- && exec sleep "$1"); } # a plain sleep 9>&- keeps it, in dash, on another descriptor
identity() { stat -c %d:%i "$1"; }
has_room() { # DIRECTORY: sets free and reserve
  set -- $(df -B1 --output=size,avail "$1" 2>/dev/null | tail -n 1)
  [ $# = 2 ] || return 0
  free=$2 reserve=$(($1 / 100 * percent))
  [ "$reserve" -ge "$least" ] || reserve=$least
  [ "$free" -ge "$reserve" ]
}
other_holders() { # whoever works for the job besides the runner and this process
  me=$(exec sh -c 'echo $PPID')
  for p in /proc/[0-9]*; do
    case \${p#/proc/} in "$$" | "$me") ;; *) [ "$(readlink "$p/fd/9")" != "$PWD/lock" ] || echo "\${p#/proc/}" ;; esac
  done 2>/dev/null
}
guard_disk() { # beside the backup: ends it, all of the group, before the old server runs out of room
  trap '' TERM INT HUP
  while each_directory has_room; do pause 1; done
  put low "$free $reserve"
  kill -TERM 0
  kill -CONT 0
  pause 10
  for pid in $(other_holders); do kill -KILL "$pid" 2>/dev/null; done
}
empty() { empty_directory "$1" "$(stat -c %i "$1")" >>log 2>&1; }
give_up() { # the room is needed at once, whether somebody looks or not; but only in the directories of the beginning
  [ "$(each_directory identity)" != "$targets" ] || each_directory empty
  end "disk-guard $1"
}
trap 'stopped=yes' TERM INT HUP # a stop ends the programs; the runner lives on to record how
exec 9>>lock
flock -w 5 9 || exit 75
[ ! -f result ] || exit 0 # another runner of this job has been here meanwhile
s=$(cat "/proc/$$/stat"); s=\${s##*") "}; set -- $s
put pid "$$ \${20} $(cat /proc/sys/kernel/random/boot_id)"
if [ ! -f copied ]; then
  targets=$(each_directory identity)
  each_directory has_room || give_up "$free $reserve"
  guard_disk &
  guard=$!
  backup
  rc=$?
  kill -KILL "$guard" 2>/dev/null
  if [ "$rc" != 0 ]; then
    [ ! -f low ] || give_up "$(cat low)"
    end "copy-failed $rc"
  fi
  put copied yes
fi
stopped=
stamp=$(sha256sum "$manifest" | cut -d' ' -f1)
verify
rc=$?
[ "$rc" != 0 ] || end "verified $stamp"
[ -z "$stopped" ] || exit 0 # says nothing about the copy: the next who looks has it verified again
end "verify-failed $rc"
`;
