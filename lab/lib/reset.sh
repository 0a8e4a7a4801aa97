# lab reset: all hosts as after their first start, with links healed.

verb_reset() {
  local started host names pids=()
  started=$(now_us)
  need_lab
  lock_lab
  enter_command_cgroup
  mapfile -t names < <(host_names)
  for host in "${names[@]}"; do
    is_built "$host" || fail '' "$host has no first state to go back to" "\"lab up\" was interrupted while it was made" "run \"runbook lab up\""
  done
  pick_subnet
  switch_up
  : >"$LAB_HOME/cuts"
  rm -f "$HOSTS"/*/slow
  for host in "${names[@]}"; do reset_host "$host" & pids+=($!); done
  wait_all "${pids[@]}" || fail '' "not all hosts came up again" '' "\"runbook lab status\" shows them"
  took lab "reset: $(xargs <<<"${names[@]}")" "$started"
}

reset_host() {
  local started
  started=$(now_us)
  kill_host "$1"
  restore_disks "$1"
  boot_and_wait "$1" "$started"
}
