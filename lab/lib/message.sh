# What the lab says. Progress goes to stderr, one line per thing done; stdout is for what was asked for.

fail() { # CODE MESSAGE [DETAIL [HINT]]: PostgreSQL's grammar; the code is one of `runbook explain`, or empty
  {
    said error "$2${1:+ [$1]}"
    if [[ -n ${3:-} ]]; then said detail "$3"; fi
    if [[ -n ${4:-} ]]; then said hint "$4"; fi
  } >&2
  case $1 in USAGE | NO_ROOT | LAB_UNUSABLE) exit 2 ;; *) exit 1 ;; esac
}

said() { printf '%-9s%s\n' "$1:" "${2//$'\n'/$'\n'         }"; } # LABEL TEXT, further lines indented

note() { printf '%-12s %s\n' "$1" "$2" >&2; } # WHO WHAT

now_us() { printf '%s\n' "${EPOCHREALTIME//[^0-9]/}"; }

took() { # WHO WHAT STARTED_US
  local us=$((${EPOCHREALTIME//[^0-9]/} - $3))
  printf '%-12s %-58s %4d.%01d s\n' "$1" "$2" $((us / 1000000)) $((us % 1000000 / 100000)) >&2
}

need_root() {
  [[ $EUID == 0 ]] || fail NO_ROOT "the lab needs root" \
    "it makes namespaces, mounts, loop devices and network interfaces" "run the same command as root"
}

wait_all() { # PID...: waits for every one of them, then says whether all ended well
  local pid bad=0
  for pid; do wait "$pid" || bad=1; done
  return "$bad"
}
