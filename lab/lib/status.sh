# lab status: one line a host.

verb_status() {
  local host line
  if ! lab_exists; then
    printf 'no lab in %s\n' "$LAB_HOME"
    return
  fi
  printf 'lab %s in %s\nsubnet %s.0/24, switch %s, disks %s\n' "$LAB_ID" "$LAB_HOME" "$(subnet)" \
    "$(if switch_is_up; then echo up; else echo down; fi)" "$(disk_mode)"
  printf '%-12s %-13s %-12s %-34s %-8s %s\n' HOST ADDRESS STATE POSTGRESQL DISK SAMPLE
  for host in $(host_names); do host_status "$host"; done
  if [[ -s $LAB_HOME/cuts ]]; then
    while read -r line; do printf 'cut: %s\n' "${line/ / -> }"; done <"$LAB_HOME/cuts"
  fi
}

host_status() { # HOST
  local dir=$HOSTS/$1 state=off postgres=- size=- more=
  if booted_pid "$1" >/dev/null; then
    if has_flavour "$1" nosystemd; then
      state=running
      postgres=$(enter "$1" pg_lsclusters -h | awk '{printf "%s%s/%s=%s", sep, $1, $2, $4; sep = " "}') || true
    else
      state=$(enter "$1" timeout 5 systemctl is-system-running 2>/dev/null || true)
      postgres=$(enter "$1" systemctl list-units 'postgresql@*' 'postgresql-[0-9]*' --no-legend --plain --all 2>/dev/null |
        awk '{printf "%s%s=%s", sep, $1, $3; sep = " "}') || true
    fi
    if ! supervised "$1"; then more+=' (its supervisor is gone: it will not come back from a reboot)'; fi
  fi
  if [[ -f $dir/disk.img ]]; then size=$(($(stat -c %b "$dir/disk.img") / 2048))MB; fi
  if [[ -f $dir/slow ]]; then more+=" (slow: $(xargs <"$dir/slow"))"; fi
  if [[ $(<"$dir/flavour") != plain ]]; then more+=" ($(<"$dir/flavour"))"; fi
  if ! is_built "$1"; then state=unfinished; fi
  printf '%-12s %-13s %-12s %-34s %-8s %s%s\n' "$1" "$(address_of "$1")" "$state" "${postgres:--}" "$size" "$(<"$dir/sample")" "$more"
}
