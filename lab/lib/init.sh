# PID 1 of a host, until it becomes systemd, or what stands in for it (flavour nosystemd). Runs in fresh namespaces, with the host's cgroup and network.

verb___init() { # HOST
  local host=$1 dir=$HOSTS/$1 root=$HOSTS/$1/root pid
  # /proc still is the machine's and `read` is a builtin: this is our own pid as the machine numbers it
  read -r pid _ </proc/self/stat
  echo "$pid $(start_time "$pid")" >"$dir/pid.new"
  mv "$dir/pid.new" "$dir/pid"

  mount --make-rprivate /
  mount_root "$host" "$dir" "$root"
  mount_kernel "$root"
  mount_volumes "$host" "$dir" "$root"
  hostname "$host"
  hosts_file >"$root/etc/hosts"
  guard_kernel "$root"

  local command=(/lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=0)
  if has_flavour "$host" nosystemd; then command=(/usr/local/sbin/lab-init); fi

  cd "$root"
  mkdir -p .old
  pivot_root . .old
  cd /
  umount -l /.old
  rmdir /.old
  exec </dev/null 8>&- 9>&-
  # the clock and the kernel's modules, memory and log are the machine's
  exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
    setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog --inh-caps=-all \
    "${command[@]}"
}

hosts_file() { # written at every boot, since hosts may have come since
  local host
  printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n'
  for host in $(host_names); do printf '%s %s\n' "$(address_of "$host")" "$host"; done
}
