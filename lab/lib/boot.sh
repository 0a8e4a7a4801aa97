# Starting and stopping hosts from outside.

start_host() { # HOST; returns when its supervisor runs, see wait_ready
  local dir=$HOSTS/$1 i
  if supervised "$1" || alive "$dir/pid"; then return 0; fi
  echo on >"$dir/want"
  rm -f "$dir/pid" "$dir/supervisor"
  mkdir -p "$(lab_cgroup)/supervisors"
  (
    # out of the group of the command that starts it, which ends all it leaves behind
    echo "$BASHPID" >"$(lab_cgroup)/supervisors/cgroup.procs"
    LAB_HOME=$LAB_HOME exec setsid --fork bash "$LAB_SELF" __supervise "$1" </dev/null >>"$dir/supervisor.log" 2>&1 8>&- 9>&-
  )
  for ((i = 0; i < 250; i++)); do
    if supervised "$1"; then return; fi
    sleep .02
  done
  fail '' "$1: its supervisor did not start" "$(tail -3 "$dir/supervisor.log")"
}

wait_ready() { # HOST: everything is started, sshd shows its banner
  local host=$1 dir=$HOSTS/$1 limit=${LAB_BOOT_TIMEOUT:-60} end state=''
  end=$((SECONDS + limit))
  while :; do
    ((SECONDS < end)) || fail '' "$host is not ready after $limit s (state: ${state:-none})" "$(tail -3 "$dir/supervisor.log")"
    supervised "$host" || alive "$dir/pid" || fail '' "$host died while it started" "$(tail -5 "$dir/supervisor.log")"
    if booted_pid "$host" >/dev/null; then
      if has_flavour "$host" nosystemd; then
        if enter "$host" test -e /run/lab-ready; then break; fi
        sleep .1
        continue
      fi
      state=$(enter "$host" timeout "$limit" systemctl is-system-running --wait 2>/dev/null) || true
      if [[ $state == running ]]; then break; fi
      if [[ $state == degraded ]]; then
        note "$host" "degraded, failed: $(enter "$host" systemctl --failed --no-legend --plain | awk '{print $1}' | xargs)"
        break
      fi
    fi
    sleep .1
  done
  until answers_ssh "$host"; do
    ((SECONDS < end)) || fail '' "$host: sshd does not answer after $limit s"
    sleep .1
  done
}

answers_ssh() {
  local banner
  # shellcheck disable=SC2016
  banner=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/22"; read -t 2 -r banner <&3; echo "$banner"' x "$(address_of "$1")" 2>/dev/null) || return 1
  [[ $banner == SSH-* ]]
}

boot_and_wait() { # HOST [STARTED_US]
  local started=${2:-}
  started=${started:-$(now_us)}
  start_host "$1"
  wait_ready "$1"
  took "$1" "up at $(address_of "$1")" "$started"
}

wait_gone() { # HOST ROUNDS of 50 ms
  local i
  for ((i = 0; i < $2; i++)); do
    if ! supervised "$1" && ! alive "$HOSTS/$1/pid"; then return 0; fi
    sleep .05
  done
  return 1
}

kill_host() { # HOST: killing PID 1 makes the kernel kill all of its pid namespace
  local host=$1 dir=$HOSTS/$1 pid
  echo off >"$dir/want"
  if pid=$(init_pid "$host"); then kill -9 "$pid" 2>/dev/null || true; fi
  cgroup_kill "$(host_cgroup "$host")"
  if ! wait_gone "$host" 200; then
    if read -r pid _ <"$dir/supervisor"; then kill -9 "$pid" 2>/dev/null || true; fi
    wait_gone "$host" 100 || fail '' "$host cannot be stopped"
  fi
  unplug_host "$host"
  rm -f "$dir/pid" "$dir/supervisor"
  cgroup_remove "$(host_cgroup "$host")"
  wait_released "$dir"
}

power_off() { # HOST: from inside, as a person would
  if has_flavour "$1" nosystemd; then kill -TERM "$(booted_pid "$1")"; else enter "$1" systemctl poweroff >/dev/null 2>&1 || true; fi
}

stop_orderly() { # HOST
  local limit=${LAB_STOP_TIMEOUT:-30}
  if booted_pid "$1" >/dev/null; then
    echo off >"$HOSTS/$1/want"
    power_off "$1"
    wait_gone "$1" $((limit * 20)) || note "$1" "did not stop within $limit s and is killed"
  fi
  kill_host "$1"
}
