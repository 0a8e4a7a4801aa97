# One supervisor per host, detached: starts it, starts it again after a reboot from inside, and ends with
# it after a poweroff or a power cut.

verb___supervise() { # HOST
  local host=$1 dir=$HOSTS/$1 group status
  exec 8>&- 9>&-
  echo "$$ $(start_time $$)" >"$dir/supervisor"
  # shellcheck disable=SC2064
  trap "printf 'supervisor ends, status %s\n' \$?; forget_supervisor $(printf %q "$dir/supervisor")" EXIT
  group=$(host_cgroup "$host")
  while [[ $(<"$dir/want") == on ]]; do
    wait_released "$dir"
    plug_host "$host"
    mkdir -p "$group"
    status=0
    run_host "$host" "$group" & wait $! || status=$?
    printf '%s %s stopped with status %s\n' "$(date +%FT%T)" "$host" "$status"
    rm -f "$dir/pid"
    cgroup_remove "$group"
    # reboot(2) in a pid namespace ends PID 1 with SIGHUP for a restart, SIGINT for a poweroff
    if [[ $status != 129 ]]; then break; fi
  done
  unplug_host "$host"
}

forget_supervisor() { # FILE: unless it is a later one's already
  local pid
  if { read -r pid _ <"$1"; } 2>/dev/null && [[ $pid == "$$" ]]; then rm -f "$1"; fi
}

run_host() { # HOST CGROUP
  echo "$BASHPID" >"$2/cgroup.procs"
  exec nsenter --net="/run/netns/$(netns_of "$1")" \
    unshare --mount --pid --uts --ipc --cgroup --propagation private --fork --kill-child \
    bash "$LAB_SELF" __init "$1"
}
