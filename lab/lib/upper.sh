# What a host must not see of the machine below it. A whiteout (character device 0,0 in the upper layer)
# hides a name; it has to be made before the overlay is mounted, since mounted overlays do not notice.

hide_machine() { # UPPER
  local upper=$1 name path
  chown --reference=/ "$upper"
  chmod 755 "$upper"
  for name in $(ls -A /); do
    case $name in bin | sbin | lib | lib32 | lib64 | libx32 | usr | etc | var) ;; *) whiteout "$upper" "/$name" ;; esac
  done
  case $LAB_HOME in /usr/* | /etc/* | /var/*) whiteout "$upper" "$LAB_HOME" ;; esac
  for path in \
    /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/* /etc/postgresql/* /var/lib/postgresql/* \
    /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem \
    /etc/machine-id /var/lib/dbus/machine-id /etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab \
    /etc/systemd/system /etc/systemd/user /etc/systemd/network /etc/netplan /etc/network/interfaces /etc/rc?.d /etc/rc.local \
    /etc/profile.d/* /etc/environment /etc/sudoers.d/* /etc/cron.d /etc/motd /etc/update-motd.d \
    /var/log/* /var/tmp /var/backups /var/spool/cron /var/cache/* /var/lib/systemd /var/lib/private \
    /var/lib/docker /var/lib/containerd /usr/local /usr/sbin/policy-rc.d; do
    whiteout "$upper" "$path"
  done
}

whiteout() { # UPPER PATH
  [[ -e $2 || -L $2 ]] || return 0
  copy_directory "$1" "$(dirname "$2")"
  mknod "$1$2" c 0 0
}

copy_directory() { # UPPER PATH: the directories that lead to a whiteout, owned and permitted as they are below
  if [[ $2 == / || -d $1$2 ]]; then return; fi
  copy_directory "$1" "$(dirname "$2")"
  mkdir "$1$2"
  chown --reference="$2" "$1$2"
  chmod --reference="$2" "$1$2"
}

top_directories() { # ROOT, once it is mounted: mkdir over a whiteout makes an opaque directory
  local dir
  for dir in proc sys dev run tmp mnt media srv opt boot home root; do
    if [[ ! -d $1/$dir ]]; then mkdir "$1/$dir"; fi
  done
  chmod 1777 "$1/tmp"
  chmod 700 "$1/root"
}
