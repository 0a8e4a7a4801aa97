# Disks. `image`: a sparse ext4 file, loop-mounted only inside the host's own mount namespace, so a power
# cut can lose what was not synced and the disk has a size of its own. `dir`: the overlay's upper directory
# lies in LAB_HOME itself; for machines without loop devices.
#   hosts/H/pristine/  the disks of the first state, never mounted once they are complete
#   hosts/H/*.img      the disks in use

disk_mode() {
  if [[ -f $LAB_HOME/disk_mode ]]; then
    cat "$LAB_HOME/disk_mode"
  elif [[ -n ${LAB_DISK_MODE:-} ]]; then
    printf '%s\n' "$LAB_DISK_MODE"
  elif losetup -f >/dev/null 2>&1; then
    printf 'image\n'
  else
    printf 'dir\n'
  fi
}

loops_of() { losetup -nO NAME -j "$1" 2>/dev/null || true; }

# The mounts of an ended host vanish some time after its last process. An image mounted twice at once is
# a destroyed image, so everybody who mounts or copies one waits here first.
wait_released() { # DIR with images
  local image i
  for image in "$1"/*.img; do
    [[ -f $image ]] || continue
    for ((i = 0; i < 200; i++)); do
      if [[ -z $(loops_of "$image") ]]; then break; fi
      sleep .05
    done
    [[ -z $(loops_of "$image") ]] || fail '' "$image is still attached to $(loops_of "$image")" "mounting it a second time would destroy it"
  done
}

make_image() { # FILE SIZE LABEL
  truncate -s "$2" "$1"
  mkfs.ext4 -qF -m 0 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -L "${3:0:16}" "$1"
}

is_built() { [[ -d $HOSTS/$1/pristine ]]; }

has_disk() { [[ -f $HOSTS/$1/disk.img || -d $HOSTS/$1/mnt/upper ]]; }

restore_disks() { # HOST: back to the first state. The disk itself comes last: has_disk then means complete
  local dir=$HOSTS/$1 image name
  wait_released "$dir"
  if [[ $(disk_mode) == dir ]]; then
    rm -rf --one-file-system "$dir/mnt" "$dir/mnt.new"
    mkdir -p "$dir/mnt.new"
    cp -a "$dir/pristine/upper" "$dir/mnt.new/upper"
    mv "$dir/mnt.new" "$dir/mnt"
  fi
  for image in "$dir"/pristine/vol*.img "$dir/pristine/disk.img"; do
    [[ -f $image ]] || continue
    name=$(basename "$image")
    cp --sparse=auto --reflink=auto "$image" "$dir/$name.new"
    mv "$dir/$name.new" "$dir/$name"
  done
}

# FS_IOC_SHUTDOWN with NOLOGFLUSH: from here on nothing reaches the disk, and what was not fsynced is lost.
# The file system is reached by mounting its loop device once more, in a namespace of our own.
fs_shutdown() { # IMAGE MOUNTPOINT
  local loop
  loop=$(loops_of "$1")
  [[ -n $loop ]] || return 0
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -euc '
    mount "$1" "$2"
    exec perl -e '\''
      open(my $dir, "<", $ARGV[0]) or die; my $nologflush = pack("L", 2);
      ioctl($dir, 0x8004587D, $nologflush) or die "FS_IOC_SHUTDOWN: $!\n"'\'' "$2"' fs_shutdown "$loop" "$2"
}

verb_fill() { # HOST [PATH [BYTES_LEFT]]; files in steps, since fallocate fails when a single one does not fit
  local started
  started=$(now_us)
  need_host "${1:-}"
  # shellcheck disable=SC2016
  enter "$1" bash -euc '
    file=${1%/}/.lab-fill i=0
    missing() { echo $(($(df -B1 --output=avail "$1" | tail -1) - $2)); }
    n=$(missing "$1" "$2")
    while ((n > 4096)); do
      if fallocate -l "$n" "$file.$i" 2>/dev/null; then i=$((i + 1)); n=$(missing "$1" "$2")
      else rm -f "$file.$i"; n=$((n * 9 / 10)); fi
    done
    df -h "$1" | tail -1' fill "${2:-/var/lib/postgresql}" "${3:-0}"
  took "$1" "disk filled" "$started"
}

verb_unfill() { # HOST [PATH]
  local started
  started=$(now_us)
  need_host "${1:-}"
  # shellcheck disable=SC2016
  enter "$1" bash -c 'rm -f "${1%/}"/.lab-fill*; df -h "$1" | tail -1' unfill "${2:-/var/lib/postgresql}"
  took "$1" "disk has room again" "$started"
}
