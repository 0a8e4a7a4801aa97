# Which processes belong to a host, and how to get into one. A pid alone proves nothing, because numbers
# are used again: files that hold one hold "PID START_TIME", and both are always compared.

start_time() { # PID: field 22 of /proc/PID/stat; the command's name before it may hold spaces and brackets
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  printf '%s\n' "${20}"
}

alive() { # FILE: the very process the file names still lives, and is no zombie
  local pid started state
  { read -r pid started _ <"$1"; } 2>/dev/null || return 1
  [[ -n ${started:-} && $(start_time "$pid") == "$started" ]] || return 1
  state=$(awk '/^State/{print $2}' "/proc/$pid/status" 2>/dev/null) || return 1
  [[ -n $state && $state != Z ]]
}

init_pid() { # HOST: its PID 1, as the machine numbers it
  local pid
  alive "$HOSTS/$1/pid" || return 1
  read -r pid _ <"$HOSTS/$1/pid"
  printf '%s\n' "$pid"
}

booted_pid() { # HOST: the same, once it is systemd, or its stand-in. Before, its root still is the machine's own!
  local pid
  pid=$(init_pid "$1") || return 1
  case $(cat "/proc/$pid/comm" 2>/dev/null) in systemd | lab-init) ;; *) return 1 ;; esac
  printf '%s\n' "$pid"
}

supervised() { alive "$HOSTS/$1/supervisor"; }

enter() { # HOST COMMAND...: as root in the host; joins the host's cgroup too, so that it dies with the host
  local host=$1 pid group
  shift
  pid=$(booted_pid "$host") || fail '' "$host is not running" '' "start it with \"runbook lab boot $host\""
  group=$(host_cgroup "$host")/lab-exec
  mkdir -p "$group" 2>/dev/null || true
  (
    echo "$BASHPID" >"$group/cgroup.procs" 2>/dev/null || true
    exec 8>&- 9>&-
    exec nsenter -t "$pid" -m -u -i -n -p -C -r -w -- env -i \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root \
      SHELL=/bin/bash TERM="${TERM:-dumb}" LANG=C.UTF-8 "$@"
  )
}

verb_exec() {
  need_host "${1:-}"
  local host=$1
  shift
  if [[ ${1:-} == -- ]]; then shift; fi
  (($#)) || fail USAGE "lab exec needs a command to run on $host"
  enter "$host" "$@" || exit $? # the command's own status, and no word of ours
}
