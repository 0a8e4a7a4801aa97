/**
 * How the job gets free of whoever starts it, and how it is stopped: as a transient unit with a cgroup of its
 * own where systemd runs, in a session of its own elsewhere. The files are the same, and the lock, which every
 * descendant holds as fd 9, finds also what has left its unit or session.
 *
 * Variables: STATE, OP. Needs PROCESSES and SERVICE.
 */
export const JOB_UNIT = `
unit_of() { echo "pg-runbook-copy-$OP-$1"; }
start_unit() { # NUMBER DIRECTORY: runs DIRECTORY/run
  if runs_systemd; then
    systemctl reset-failed "$(unit_of "$1")" 2>/dev/null
    systemd-run --quiet --collect --unit="$(unit_of "$1")" --description="pg-replication-runbook: base backup of operation $OP" \\
      --property=Type=exec --property=KillMode=control-group --property=TimeoutStopSec=20 --working-directory="$2" /bin/sh "$2/run" >&2
  else (cd "$2" && detached /bin/sh ./run)
  fi
}
unit_is_active() { runs_systemd && systemctl -q is-active "$(unit_of "$1")" 2>/dev/null; }
lock_is_held() { [ -f "$1/lock" ] && ! flock -n -s "$1/lock" true; }
lock_is_free() { ! lock_is_held "$1"; }
holders() { for p in /proc/[0-9]*; do [ "$(readlink "$p/fd/9")" != "$1/lock" ] || echo "\${p#/proc/}"; done 2>/dev/null; }
signal_holders() { for pid in $(holders "$2"); do kill "-$1" "$pid" 2>/dev/null; done; }
stop_unit() { # NUMBER DIRECTORY
  if runs_systemd; then systemctl stop "$(unit_of "$1")" 2>/dev/null
  else signal_holders TERM "$2"; signal_holders CONT "$2" # as systemd does: what is suspended cannot end
  fi
}
stop_job() { # DIRECTORY: nothing of the job lives when this returns
  stop_unit "\${1##*/}" "$1"
  await 10 lock_is_free "$1" && return
  signal_holders KILL "$1"
  await 10 lock_is_free "$1" || refuse STOP_FAILED "the copy job $1 does not end"
}
`;
