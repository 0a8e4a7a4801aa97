# The first state of a host: what a freshly installed Debian server with PostgreSQL would have, and on the
# leader a sample database. Built with the host off, in throw-away namespaces, so that what `reset`
# restores was shut down cleanly. Complete once hosts/H/pristine exists.

new_host() { # HOST DISK_SIZE FLAVOUR LISTEN SAMPLE VOLUMES: writes down what is wanted
  local dir=$HOSTS/$1 volume number=0
  mkdir -p "$dir"
  echo "$2" >"$dir/disk_size"
  echo "$3" >"$dir/flavour"
  echo "$4" >"$dir/listen"
  echo "$5" >"$dir/sample"
  for volume in $6; do # /path:SIZE
    number=$((number + 1))
    echo "${volume%:*}" >"$dir/vol$number.vol"
    echo "${volume##*:}" >"$dir/vol$number.size"
  done
  [[ -f $dir/ssh_host_ed25519_key ]] || ssh-keygen -q -t ed25519 -N '' -C "root@$1" -f "$dir/ssh_host_ed25519_key"
  next_index >"$dir/index.new" # last: a host exists once it has a number
  mv "$dir/index.new" "$dir/index"
}

build_host() { # HOST: ends with its disks ready for the first boot
  local started dir=$HOSTS/$1 what
  started=$(now_us)
  if ! is_built "$1"; then
    if ! unshare --mount --pid --uts --ipc --net --propagation private --fork --kill-child \
      bash "$LAB_SELF" __build "$1" >"$dir/build.log" 2>&1 </dev/null 9>&-; then
      fail '' "$1 could not be built" "$(tail -5 "$dir/build.log")" "the whole log: $dir/build.log"
    fi
    wait_released "$dir/building"
    rm -rf "$dir/building/work"
    mv "$dir/building" "$dir/pristine"
  fi
  restore_disks "$1"
  what="PostgreSQL $(<"$dir/pgversion")"
  if [[ $(<"$dir/flavour") != plain ]]; then what+=", $(<"$dir/flavour")"; fi
  if [[ $(<"$dir/sample") != none ]]; then what+=", database shop of $(<"$dir/sample")"; fi
  took "$1" "installed: $what" "$started"
}

verb___build() { # HOST, in namespaces of its own
  local host=$1 dir=$HOSTS/$1 disks=$HOSTS/$1/building root=$HOSTS/$1/root volume
  mount --make-rprivate /
  wait_released "$disks"
  rm -rf --one-file-system "$disks"
  mkdir -p "$disks"
  if [[ $(disk_mode) == image ]]; then make_image "$disks/disk.img" "$(<"$dir/disk_size")" "$host"; fi
  for volume in "$dir"/*.size; do
    if [[ -f $volume ]]; then make_image "$disks/$(basename "${volume%.size}").img" "$(<"$volume")" "$(basename "${volume%.size}")"; fi
  done
  mount_root "$host" "$disks" "$root"
  top_directories "$root"
  mount_kernel "$root"
  mount_volumes "$host" "$disks" "$root"
  hostname "$host" # the certificate's name
  ip link set lo up
  provision "$root" "$host"

  # clusters were made without syncing; a power cut must not find that out
  sync -f "$root/etc/hostname"
  for volume in "$dir"/*.vol; do
    if [[ -f $volume ]]; then sync -f "$root$(<"$volume")"; fi
  done
  cd /
  umount -R "$root"
  if mountpoint -q "$dir/mnt"; then umount "$dir/mnt"; fi
}

postgres_version() { # of the server that is installed; 15 where several are
  if [[ -x /usr/lib/postgresql/15/bin/postgres ]]; then
    printf '15\n'
  else
    find /usr/lib/postgresql -path '*/bin/postgres' | cut -d/ -f5 | sort -n | tail -1
  fi
}
