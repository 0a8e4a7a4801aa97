# Fills a host's root. What does not need to run inside is written from here, the rest is in inside/.

# Units that make no sense in a namespace, or would touch the machine's kernel, clock or devices.
MASKED_UNITS="systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket
  systemd-udevd-control.socket systemd-modules-load.service systemd-sysctl.service systemd-timesyncd.service
  systemd-random-seed.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-pstore.service
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount
  dev-hugepages.mount dev-mqueue.mount systemd-remount-fs.service e2scrub_reap.service getty.target
  console-getty.service apt-daily.timer apt-daily-upgrade.timer"

provision() { # ROOT HOST
  local root=$1 dir=$HOSTS/$2 version flavour
  base_files "$root" "$2"
  version=$(postgres_version)
  flavour=" $(tr '+,' '  ' <"$dir/flavour") "
  # the public key is an argument: files of the machine are not visible inside
  inside "$root" base.sh "$(<"$LAB_HOME/ssh/id_ed25519.pub")"
  case $flavour in
    *" nocluster "*) ;;
    *" pgdg "*) inside "$root" pgdg-cluster.sh "$version" "$(<"$dir/listen")" ;;
    *) inside "$root" debian-cluster.sh "$version" "$(<"$dir/listen")" ;;
  esac
  if has_flavour "$2" neighbour; then inside "$root" neighbour-cluster.sh "$version"; fi
  if has_flavour "$2" nosystemd; then install -m 755 "$LAB_SOURCE/inside/plain-init.sh" "$root/usr/local/sbin/lab-init"; fi
  # only the directory: a tablespace is made by whoever tests one
  case $flavour in *" tablespace "*) chroot "$root" install -d -o postgres -g postgres -m 700 /srv/ts1 ;; esac
  if [[ $(<"$dir/sample") != none ]]; then
    inside "$root" sample.sh "$version" "$(($(size_bytes "$(<"$dir/sample")")))" "$(<"$LAB_SOURCE/inside/sample.sql")"
  fi
  echo "$version" >"$dir/pgversion"
}

has_flavour() { # HOST NAME
  [[ " $(tr '+,' '  ' <"$HOSTS/$1/flavour") " == *" $2 "* ]]
}

inside() { # ROOT SCRIPT ARGUMENT...: by text, because the host does not see the machine's files
  local root=$1 script=$2
  shift 2
  # shellcheck disable=SC2016
  env -i PATH="$PATH" LC_ALL=C.UTF-8 HOME=/root SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive \
    chroot "$root" /bin/bash -euo pipefail -c "$(<"$LAB_SOURCE/inside/$script")" "$script" "$@"
}

base_files() { # ROOT HOST
  local root=$1 dir=$HOSTS/$2 name
  mkdir -p "$root"/etc/{systemd/system,systemd/journald.conf.d,sudoers.d,ssh/sshd_config.d,postgresql,profile.d,cron.d,ssl/private,ssl/certs} \
    "$root"/var/{tmp,backups,lib/systemd,lib/postgresql,log/journal,log/postgresql,cache/apt,cache/man} "$root"/usr/local/{bin,sbin,lib,share}
  for name in 0 1 2 3 4 5 6 S; do mkdir -p "$root/etc/rc$name.d"; done
  chmod 1777 "$root/var/tmp"
  chown root:postgres "$root/var/log/postgresql"
  chmod 1775 "$root/var/log/postgresql"
  chown postgres:postgres "$root/etc/postgresql" "$root/var/lib/postgresql"
  echo "$2" >"$root/etc/hostname"
  hosts_file >"$root/etc/hosts"
  : >"$root/etc/fstab"
  : >"$root/etc/resolv.conf"
  : >"$root/etc/environment"
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
  for name in $MASKED_UNITS; do ln -sf /dev/null "$root/etc/systemd/system/$name"; done
  # one host key instead of three, made by `up`, so that known_hosts can be written before the first boot
  install -m 600 "$dir/ssh_host_ed25519_key" "$root/etc/ssh/"
  install -m 644 "$dir/ssh_host_ed25519_key.pub" "$root/etc/ssh/"
  printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\n' >"$root/etc/ssh/sshd_config.d/lab.conf"
  printf 'ops ALL=(ALL:ALL) NOPASSWD:ALL\n' >"$root/etc/sudoers.d/ops"
  chmod 440 "$root/etc/sudoers.d/ops"
}

size_bytes() { # 30MB, as PostgreSQL's configuration writes sizes: 1 kB = 1024 bytes
  local number=${1%%[kMG]*}
  case $1 in *kB) echo $((number << 10)) ;; *MB) echo $((number << 20)) ;; *GB) echo $((number << 30)) ;; esac
}
