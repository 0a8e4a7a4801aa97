# Control groups hold a host's processes together, and those of a command of ours that makes hosts.
# Version 2 only, and no controller is needed, so this works where the controllers live in version 1.
#   lab-ID/HOST         one host
#   lab-ID/supervisors  the processes that start hosts again
#   lab-ID/command-PID  a running `lab up`, `lab reset` ...: what a killed one leaves behind is found here

cgroup_root() {
  local dir
  for dir in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [[ $(stat -fc %T "$dir" 2>/dev/null) == cgroup2fs ]]; then
      printf '%s\n' "$dir"
      return
    fi
  done
  fail LAB_UNUSABLE "no cgroup version 2 hierarchy is mounted" \
    "looked at /sys/fs/cgroup and /sys/fs/cgroup/unified" "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
}

lab_cgroup() {
  local root
  root=$(cgroup_root)
  printf '%s\n' "$root/lab-$LAB_ID"
}
# A host needs its group before `unshare --cgroup`; else all systemds would share the root's system.slice.
host_cgroup() {
  local lab
  lab=$(lab_cgroup)
  printf '%s\n' "$lab/$1"
}

cgroup_kill() { # DIR: everything in it and below. cgroup.kill came with Linux 5.14.
  local pid round
  [[ -d $1 ]] || return 0
  if [[ -f $1/cgroup.kill ]]; then
    echo 1 2>/dev/null >"$1/cgroup.kill" || true
    return 0
  fi
  for round in 1 2 3 4 5; do
    for pid in $(find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
  done
}

cgroup_remove() { # DIR: groups go from the leaves up, and only once their last process is gone
  local round
  for round in $(seq 60); do
    [[ -d $1 ]] || return 0
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [[ -d $1 ]] || return 0
    sleep .05
  done
  note lab "control group $1 is still in use"
}

clear_commands() { # for the holder of the lab's lock: what is left of other commands is left of dead ones
  local dir
  for dir in "$(lab_cgroup)"/command-*; do
    if [[ -d $dir && $dir != */command-$$ ]]; then
      cgroup_kill "$dir"
      cgroup_remove "$dir"
    fi
  done
}

enter_command_cgroup() {
  local dir home
  home=$(cgroup_root)$(sed -n 's/^0:://p' /proc/self/cgroup)
  dir=$(lab_cgroup)/command-$$
  mkdir -p "$dir" "$(lab_cgroup)/supervisors"
  echo $$ >"$dir/cgroup.procs"
  # shellcheck disable=SC2064
  trap "leave_command_cgroup $(printf %q "$home") $(printf %q "$dir")" EXIT
  trap 'interrupted INT' INT
  trap 'interrupted TERM' TERM
  trap 'interrupted HUP' HUP
}

leave_command_cgroup() { # HOME DIR
  if echo $$ 2>/dev/null >"$1/cgroup.procs"; then # not to be killed itself
    cgroup_kill "$2"
    cgroup_remove "$2"
  fi
}

interrupted() { # SIGNAL: bash starts its background jobs with SIGINT ignored, so they end with the group
  trap '' INT TERM HUP
  {
    printf '\n'
    said error "lab $VERB was interrupted"
    said hint '"runbook lab up" goes on, "runbook lab destroy" removes what was made'
  } >&2
  exec 2>/dev/null # bash would tell of each job it kills
  if [[ $1 == INT ]]; then exit 130; else exit 143; fi
}
