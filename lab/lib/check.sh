# Can this machine run a lab? Asked before anything is made.

# a program, and the Debian package that has it
NEEDED_PROGRAMS="ip:iproute2 tc:iproute2 unshare:util-linux nsenter:util-linux setpriv:util-linux flock:util-linux
  setsid:util-linux fallocate:util-linux mountpoint:util-linux losetup:mount mkfs.ext4:e2fsprogs useradd:passwd
  perl:perl-base ssh-keygen:openssh-client sshd:openssh-server sudo:sudo dbus-daemon:dbus
  pg_createcluster:postgresql make-ssl-cert:ssl-cert /lib/systemd/systemd:systemd"

missing_packages() {
  local entry
  {
    for entry in $NEEDED_PROGRAMS; do
      command -v "${entry%%:*}" >/dev/null || printf '%s\n' "${entry##*:}"
    done
    compgen -G '/lib/*/security/pam_systemd.so' >/dev/null || printf 'libpam-systemd\n'
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || printf 'postgresql\n'
  } | sort -u | xargs
}

check_machine() {
  local missing trial said
  [[ $LAB_HOME != *[[:cntrl:]]* ]] || fail USAGE "LAB_HOME has control characters in its name"
  missing=$(missing_packages)
  [[ -z $missing ]] || fail LAB_UNUSABLE "this machine lacks Debian packages the lab is made of" \
    "missing: $missing" "apt-get install -y --no-install-recommends $missing"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || fail LAB_UNUSABLE "the kernel has no overlayfs"
  cgroup_root >/dev/null
  mkdir -p "$LAB_HOME"
  if [[ $(disk_mode) == dir && $(stat -fc %T "$LAB_HOME") == overlayfs ]]; then
    fail LAB_UNUSABLE "$LAB_HOME lies on an overlay, and this machine has no loop devices" \
      "overlayfs takes no overlay as its upper layer" "give LAB_HOME a place on ext4, xfs or tmpfs"
  fi
  trial=$(mktemp -d "$LAB_HOME/trial.XXXXXX")
  if ! said=$(unshare --mount --pid --net --uts --ipc --cgroup --fork --propagation private \
    bash "$LAB_SELF" __trial "$trial" 2>&1); then
    rm -rf "$trial"
    fail LAB_UNUSABLE "this machine cannot make the lab's hosts" "${said:-unshare failed}"
  fi
  rm -rf "$trial"
}

verb___trial() { # DIR: one real trial of all that a boot needs, in throw-away namespaces
  mount --make-rprivate /
  cd "$1"
  mkdir m r
  if [[ $(disk_mode) == image ]]; then
    make_image d.img 64M trial
    mount -o loop d.img m || refuse "cannot mount a disk image (no loop devices?)"
  fi
  cd m
  mkdir u w
  mknod u/whiteout c 0 0 || refuse "making a whiteout is refused (CAP_MKNOD?)"
  mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w,xino=on ../r ||
    refuse "an overlay over / is refused; / is $(stat -fc %T /), and the kernel stacks overlays two deep at most"
  mount -t proc proc ../r/proc || refuse "cannot mount proc (a locked-down container?)"
  mount -t cgroup2 cgroup2 ../r/sys || refuse "cannot mount cgroup2"
  ip link add br0 type bridge || refuse "the kernel has no bridges"
  ip link add v0 type veth peer name v1 || refuse "the kernel has no veth"
}

refuse() {
  printf '%s\n' "$1"
  exit 1
}

check_room() { # BYTES, before hosts are made
  local free
  free=$(df -B1 --output=avail "$LAB_HOME" | tail -1)
  ((free > $1)) || fail LAB_UNUSABLE "there is no room for the lab in $LAB_HOME" \
    "it needs about $(($1 >> 20)) MB, $((free >> 20)) MB are free" "set LAB_HOME to a place with room, or ask for a smaller --sample"
}

verb_check() {
  local existed=
  if [[ -e $LAB_HOME ]]; then existed=yes; fi
  check_machine
  printf 'this machine can run a lab\n  disks: %s\n  cutting links: %s\n  delaying packets: %s\n' \
    "$(disk_mode)" "$(cut_method)" "$(if netem_works; then echo yes; else echo 'no (the kernel has no sch_netem), only limiting the rate'; fi)"
  if [[ -z $existed ]]; then rmdir "$LAB_HOME"; fi
}
