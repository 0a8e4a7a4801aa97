# lab up: makes the hosts that are not there, starts those that are off.

declare -A DISK=() LISTEN=() FLAVOUR=() VOLUMES=() # by host, from the command line
WANTED=() SAMPLE=300MB CONFIG=runbook.yaml DEFAULT_DISK=8G

verb_up() {
  local started host new=()
  started=$(now_us)
  read_up_options "$@"
  # what a lab is made in belongs to it, and goes with it
  [[ ! -e $LAB_HOME ]] || looks_like_lab ||
    fail USAGE "$LAB_HOME is not empty and not a lab" '' "set LAB_HOME to a directory of the lab's own"
  check_machine
  lock_lab
  enter_command_cgroup
  prepare_lab
  for host in "${WANTED[@]}"; do
    if ! host_exists "$host"; then
      new_host "$host" "${DISK[$host]:-$DEFAULT_DISK}" "${FLAVOUR[$host]:-plain}" "${LISTEN[$host]:-}" \
        "$(if [[ $host == leader ]]; then echo "$SAMPLE"; else echo none; fi)" "${VOLUMES[$host]:-}"
    fi
    if ! is_built "$host" || ! has_disk "$host"; then new+=("$host"); fi
  done
  write_ssh_files
  build_hosts ${new[@]+"${new[@]}"}
  start_hosts "${WANTED[@]}"
  write_runbook_yaml "$CONFIG"
  took lab "ready: $(host_names | xargs) in $LAB_HOME" "$started"
}

read_up_options() {
  local host
  while (($#)); do
    (($# > 1)) || fail USAGE "lab up: $1 needs a value"
    case $1 in
      --hosts) IFS=, read -ra WANTED <<<"$2" ;;
      --sample) SAMPLE=$2 ;;
      --config) CONFIG=$2 ;;
      --disk) if [[ $2 == *=* ]]; then DISK[${2%%=*}]=${2#*=}; else DEFAULT_DISK=$2; fi ;;
      --listen) LISTEN[${2%%=*}]=${2#*=} ;;
      --flavour) FLAVOUR[${2%%=*}]=${2#*=} ;;
      --volume) VOLUMES[${2%%=*}]+=" ${2#*=}" ;;
      *) fail USAGE "lab up has no option \"$1\"" ;;
    esac
    shift 2
  done
  if ((${#WANTED[@]} == 0)); then mapfile -t WANTED < <(host_names); fi
  if ((${#WANTED[@]} == 0)); then WANTED=(leader follower1); fi
  for host in "${WANTED[@]}"; do
    valid_name "$host" || fail USAGE "\"$host\" cannot be the name of a host" "a lower case letter, then letters, digits and -, 31 at most"
  done
  [[ $(printf '%s\n' "${WANTED[@]}" | sort | uniq -d) == '' ]] || fail USAGE "--hosts names a host twice"
  [[ $SAMPLE =~ ^([1-9][0-9]{0,6}(kB|MB|GB)|none)$ ]] || fail USAGE "--sample takes a size such as 300MB, or none"
  [[ $SAMPLE == none || ${FLAVOUR[leader]:-} != *nocluster* ]] || SAMPLE=none
  CONFIG=$(realpath -ms "$CONFIG") # -s: what a link leads to is not ours to name
  [[ -d $(dirname "$CONFIG") && ! -d $CONFIG ]] || fail USAGE "$CONFIG cannot be written" "there is no such directory, or it is one"
}

prepare_lab() {
  local method
  chmod 700 "$LAB_HOME"
  mkdir -p "$HOSTS"
  method=$(disk_mode)
  echo "$method" >"$LAB_HOME/disk_mode"
  method=$(cut_method)
  echo "$method" >"$LAB_HOME/cut_method"
  pick_subnet
  switch_up
  make_login_key
}

build_hosts() { # HOST...: at the same time
  local host pids=() bytes=0
  (($#)) || return 0
  for host; do # twice: the first state, and the disk in use
    bytes=$((bytes + (200 << 20)))
    if [[ $(<"$HOSTS/$host/sample") != none ]]; then bytes=$((bytes + 2 * $(size_bytes "$(<"$HOSTS/$host/sample")"))); fi
  done
  check_room "$bytes"
  for host; do build_host "$host" & pids+=($!); done
  wait_all "${pids[@]}" || fail '' "not all hosts could be made" '' "\"runbook lab up\" goes on, \"runbook lab destroy\" removes what was made"
}

start_hosts() { # HOST...
  local host pids=()
  for host; do
    if ! supervised "$host"; then boot_and_wait "$host" & pids+=($!); else wait_ready "$host" & pids+=($!); fi
  done
  wait_all "${pids[@]}" || fail '' "not all hosts came up" '' "\"runbook lab status\" shows them"
}
