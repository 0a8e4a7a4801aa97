# One command at a time changes a lab, and one at a time picks a subnet.

lock_lab() { # fd 9. The file names its holder, so that waiting says for whom, and a dead one's orphans are found
  local deadline=$((SECONDS + ${LAB_LOCK_WAIT:-120})) holder
  while :; do
    mkdir -p "$LAB_HOME"
    exec 9>>"$LAB_HOME/lock"
    if flock -n 9; then
      # destroy removes the file: whoever waited for the old one holds nothing
      if [[ $LAB_HOME/lock -ef /proc/self/fd/9 ]]; then break; fi
    elif ! alive "$LAB_HOME/lock"; then
      # the holder was killed, but processes it started still have the lock open
      read -r holder _ <"$LAB_HOME/lock" || holder=
      if [[ -n $holder ]]; then cgroup_kill "$(lab_cgroup)/command-$holder"; fi
    fi
    exec 9>&-
    ((SECONDS < deadline)) || fail '' "another lab command is at work on $LAB_HOME" "process $(<"$LAB_HOME/lock")" "wait for it, or end it"
    sleep .1
  done
  echo "$$ $(start_time $$) lab $VERB" >"$LAB_HOME/lock"
  clear_commands
}

REGISTRY=/run/lab-registry # one file per subnet in use, holding the LAB_HOME that uses it

lock_registry() { # fd 8
  while :; do
    mkdir -p "$REGISTRY"
    { exec 8>>"$REGISTRY/.lock"; } 2>/dev/null || continue # the last lab's destroy has just removed the directory
    flock 8
    if [[ $REGISTRY/.lock -ef /proc/self/fd/8 ]]; then return; fi
  done
}

unlock_registry() { exec 8>&-; }

# A lab whose directory was removed without `destroy`, by hand or at the end of a killed test, has lost its hosts with
# its mounts, but not its network. One that still has a process may only be hidden from here, as a private /tmp is.
clear_lost_labs() {
  local file owner
  for file in "$REGISTRY"/*; do
    owner=$(cat "$file" 2>/dev/null || true)
    [[ -n $owner && ! -d $owner ]] || continue
    if LAB_HOME=$owner bash "$LAB_SELF" __forgotten; then LAB_HOME=$owner bash "$LAB_SELF" destroy >/dev/null; fi
  done
}

verb___forgotten() { # status 0: the lab's directory and all its processes are gone
  [[ ! -d $LAB_HOME && -z $(find "$(lab_cgroup)" -name cgroup.procs -exec cat {} + 2>/dev/null) ]]
}

forget_subnet() {
  local file
  [[ -d $REGISTRY ]] || return 0
  lock_registry
  for file in "$REGISTRY"/*; do # also one that was reserved, but not noted before `up` was killed
    if [[ -f $file && $(<"$file") == "$LAB_HOME" ]]; then rm -f "$file"; fi
  done
  if [[ -z $(ls "$REGISTRY") ]]; then
    rm -f "$REGISTRY/.lock"
    rmdir "$REGISTRY" 2>/dev/null || true
  fi
  unlock_registry
}
