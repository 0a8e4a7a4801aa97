/**
 * Whether a server runs on a data directory. pid files, ports and `pg_ctlcluster status` lie (a server
 * goes on in a renamed directory; `status` answers 1 once start.conf says disabled): the truth is whose
 * working directory the directory is.
 */
export const PROCESSES = `
identity_of() { stat -L -c '%d:%i' "$1" 2>/dev/null; }
processes_in() { # DIRECTORY: pids whose working directory it is
  wanted=$(identity_of "$1") || return 0
  stat -L -c '%d:%i %n' /proc/[0-9]*/cwd 2>/dev/null | while read -r id path; do
    [ "$id" != "$wanted" ] || { pid=\${path#/proc/}; echo "\${pid%/cwd}"; }
  done
}
is_stopped() { # DIRECTORY
  [ -z "$(processes_in "$1")" ] && { [ ! -e "$1/postmaster.pid" ] || is_left "$1/postmaster.pid"; }
}
# PIDFILE: of a server that a power cut has ended. Its data may never have reached the disk, then it is empty, or all
# zeros. Of this boot it could be one of a container's server, which is not seen here.
is_left() {
  is_blank "$1" || [ "$(sed -n 3p "$1")" -lt "$(sed -n 's/^btime //p' /proc/stat)" ] 2>/dev/null
}
is_blank() { [ -f "$1" ] && [ -z "$(head -n 1 "$1" | tr -d '\\0')" ]; }
# DIRECTORY: PostgreSQL takes over a postmaster.pid that names a dead server, but not a blank one, so it would never start.
remove_blank_pid_file() {
  if [ -z "$(processes_in "$1")" ] && is_blank "$1/postmaster.pid"; then
    setpriv --reuid="$(stat -c %u "$1")" --regid="$(stat -c %g "$1")" --init-groups rm -f "$1/postmaster.pid"
  fi
}
why_not_stopped() { # DIRECTORY
  at_work=$(processes_in "$1" | tr '\\n' ' ')
  if [ -n "$at_work" ]; then echo "processes \${at_work}still work in $1"
  else echo "nothing works in $1 here, but its postmaster.pid tells of a server: if none runs in a container either, remove that file"
  fi
}
await() { # SECONDS COMMAND...: polls every 50 ms
  left=$(($1 * 20)); shift
  until "$@"; do left=$((left - 1)); [ "$left" -gt 0 ] || return 1; sleep 0.05; done
}
`;
