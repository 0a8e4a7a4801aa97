# A host's file systems, mounted in the host's own mount namespace only.

mount_root() { # HOST DISKDIR ROOT: the host's disk, and with it the overlay over /
  local disks=$2
  mkdir -p "$HOSTS/$1/mnt" "$3"
  if [[ $(disk_mode) == image ]]; then
    mount -o loop,discard,noatime "$disks/disk.img" "$HOSTS/$1/mnt"
    disks=$HOSTS/$1/mnt
  elif [[ -d $disks/mnt ]]; then
    disks=$disks/mnt
  fi
  mkdir -p "$disks/upper" "$disks/work"
  if [[ -z $(ls -A "$disks/upper") ]]; then hide_machine "$disks/upper"; fi
  # xino: without it a directory on an overlay of two file systems gets a new inode number every time it
  # is loaded, and nothing could recognise PGDATA again by its inode, as on a real disk.
  # Relative paths: the option string knows no escapes for the colons and commas a path may have.
  (cd "$disks" && mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work,xino=on "$3")
}

mount_volumes() { # HOST DISKDIR ROOT: files NAME.vol hold the mount point of the disk NAME.img
  local volume path
  for volume in "$HOSTS/$1"/*.vol; do
    [[ -f $volume ]] || continue
    path=$(<"$volume")
    mkdir -p "$3$path"
    mount -o loop,discard,noatime "$2/$(basename "${volume%.vol}").img" "$3$path"
  done
}

mount_kernel() { # ROOT: proc, sys, dev, run and tmp of a machine of its own
  local root=$1 name
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755,size=4m tmpfs "$root/dev"
  for name in null zero full random urandom tty; do
    : >"$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
  done
  mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
  mount -t mqueue mqueue "$root/dev/mqueue" 2>/dev/null || true
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
}

guard_kernel() { # ROOT: there is one kernel for all, and a host must not set it
  mount --bind "$1/proc/sys" "$1/proc/sys"
  mount -o remount,ro,bind "$1/proc/sys"
  # the kernel's boot id is the same on all hosts and survives their reboots; a real one does neither
  cat /proc/sys/kernel/random/uuid >"$1/run/.boot_id"
  mount --bind "$1/run/.boot_id" "$1/proc/sys/kernel/random/boot_id"
  if [[ -e $1/proc/sysrq-trigger ]]; then
    mount --bind "$1/proc/sysrq-trigger" "$1/proc/sysrq-trigger"
    mount -o remount,ro,bind "$1/proc/sysrq-trigger"
  fi
}
