# lab down keeps the data, lab destroy keeps nothing, whatever state it finds.

verb_down() {
  local started host pids=()
  started=$(now_us)
  need_lab
  lock_lab
  for host in $(host_names); do stop_orderly "$host" & pids+=($!); done
  wait_all ${pids[@]+"${pids[@]}"} || fail '' "not all hosts stopped" '' "\"runbook lab down\" once more, or \"runbook lab destroy\""
  network_down
  cgroup_remove "$(lab_cgroup)"
  took lab "down, data kept in $LAB_HOME" "$started"
}

verb_destroy() {
  local started
  started=$(now_us)
  if [[ -d $LAB_HOME ]]; then
    looks_like_lab || fail USAGE "$LAB_HOME does not look like a lab, and is not removed" '' "set LAB_HOME to the lab's directory"
    lock_lab
    end_companions
  fi
  # All processes of a lab are in its control group, those of a command that was killed as well.
  cgroup_kill "$(lab_cgroup)"
  cgroup_remove "$(lab_cgroup)"
  network_down
  forget_subnet
  if [[ ! -d $LAB_HOME ]]; then
    note lab "nothing is left in $LAB_HOME"
    return
  fi
  release_mounts
  rm -rf --one-file-system "$LAB_HOME"
  took lab "destroyed $LAB_HOME" "$started"
}

looks_like_lab() { # one that was killed in its first moments has nothing but a lock or a trial
  [[ -f $LAB_HOME/lock || -f $LAB_HOME/subnet || -d $LAB_HOME/hosts ]] && return
  [[ -z $(find "$LAB_HOME" -mindepth 1 -maxdepth 1 ! -name 'trial.*') ]]
}

release_mounts() { # normally none: the hosts' mount namespaces have taken theirs along
  local path image loop
  while read -r path; do
    path=$(printf '%b' "$path") # mountinfo writes a blank as \040
    if [[ $path == "$LAB_HOME"/* ]]; then umount -l "$path" || true; fi
  done < <(cut -d' ' -f5 /proc/self/mountinfo | tac)
  for image in "$HOSTS"/*/*.img "$HOSTS"/*/*/*.img; do
    [[ -f $image ]] || continue
    for loop in $(loops_of "$image"); do losetup -d "$loop" || true; done
  done
}

# Programs that were started with the lab and end with it (a demo's server and worker) write
# "PID START_TIME" into LAB_HOME/companions/NAME.
end_companions() {
  local file pid i
  for file in "$LAB_HOME"/companions/*; do
    alive "$file" || continue
    read -r pid _ <"$file"
    kill -TERM "$pid" 2>/dev/null || true
    for ((i = 0; i < 200; i++)); do
      if ! alive "$file"; then break; fi
      sleep .05
    done
    if alive "$file"; then kill -9 "$pid" 2>/dev/null || true; fi
    note lab "ended $(basename "$file"), process $pid"
  done
}
