# The verbs that switch one host on and off.

verb_boot() {
  local started
  started=$(now_us)
  need_host "${1:-}"
  lock_lab
  enter_command_cgroup
  pick_subnet
  switch_up
  boot_and_wait "$1" "$started"
}

verb_shutdown() {
  local started
  started=$(now_us)
  need_host "${1:-}"
  lock_lab
  stop_orderly "$1"
  took "$1" "shut down" "$started"
}

verb_reboot() {
  local started before after end=$((SECONDS + 60))
  started=$(now_us)
  need_host "${1:-}"
  lock_lab
  before=$(booted_pid "$1") || fail '' "$1 is off" '' "start it with \"runbook lab boot $1\""
  if has_flavour "$1" nosystemd; then # whose reboot nobody but its supervisor could do
    stop_orderly "$1"
    boot_and_wait "$1" "$started"
    return
  fi
  enter "$1" systemctl reboot >/dev/null 2>&1 || true
  until after=$(booted_pid "$1") && [[ $after != "$before" ]]; do
    ((SECONDS < end)) || fail '' "$1 did not come back within 60 s"
    sleep .05
  done
  wait_ready "$1"
  took "$1" "rebooted" "$started"
}

# As pulling the plug: no process of the host gets to say good-bye. The order matters: first the network
# (dying processes send FIN and RST), then freeze everybody (nobody may see the dead disk), then the disk.
verb_power_cut() { # HOST [--keep-unsynced]
  local host=${1:-} started image
  started=$(now_us)
  need_host "$host"
  lock_lab
  echo off >"$HOSTS/$host/want"
  init_pid "$host" >/dev/null || fail '' "$host is already off"
  ip -n "$SWITCH" link set "$(port_of "$host")" down 2>/dev/null || true
  echo 1 2>/dev/null >"$(host_cgroup "$host")/cgroup.freeze" || true
  if [[ ${2:-} != --keep-unsynced ]]; then
    for image in "$HOSTS/$host"/*.img; do
      if [[ -f $image ]]; then fs_shutdown "$image" "$HOSTS/$host/mnt" || note "$host" "unsynced data of $image could not be dropped"; fi
    done
  fi
  kill_host "$host"
  took "$host" "power cut" "$started"
}
