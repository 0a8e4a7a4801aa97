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
  [ ! -e "$1/postmaster.pid" ] && [ -z "$(processes_in "$1")" ]
}
await() { # SECONDS COMMAND...: polls every 50 ms
  left=$(($1 * 20)); shift
  until "$@"; do left=$((left - 1)); [ "$left" -gt 0 ] || return 1; sleep 0.05; done
}
`;
