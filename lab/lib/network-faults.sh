# Cut and slow links. LAB_HOME/cuts holds lines "A B": packets from A to B are lost.
# hosts/H/slow holds "RATE [DELAY]". Both outlive a reboot of the host.

# By MAC address in the switch where nftables is installed, else by neighbour entries in the hosts.
# Chosen once per lab, because healing must use the same way.
cut_method() {
  if [[ -f $LAB_HOME/cut_method ]]; then
    cat "$LAB_HOME/cut_method"
  elif [[ -n ${LAB_CUT:-} ]]; then
    printf '%s\n' "$LAB_CUT"
  elif command -v nft >/dev/null; then
    printf 'nft\n'
  else
    printf 'neigh\n'
  fi
}

netem_works() { unshare --net tc qdisc add dev lo root netem delay 1ms 2>/dev/null; }

apply_slow() { # HOST, both directions: each end of the cable shapes what it sends
  local ns port rate delay end dev
  ns=$(netns_of "$1") port=$(port_of "$1")
  netns_exists "$ns" || return 0
  tc -n "$SWITCH" qdisc del dev "$port" root 2>/dev/null || true
  tc -n "$ns" qdisc del dev eth0 root 2>/dev/null || true
  [[ -f $HOSTS/$1/slow ]] || return 0
  read -r rate delay <"$HOSTS/$1/slow"
  while read -r end dev; do
    if [[ -n ${delay:-} ]]; then
      tc -n "$end" qdisc add dev "$dev" root handle 1: netem delay "$delay" rate "$rate"
    else
      tc -n "$end" qdisc add dev "$dev" root tbf rate "$rate" burst 32kb latency 200ms
    fi
  done <<<"$SWITCH $port"$'\n'"$ns eth0"
}

apply_cuts() {
  [[ -f $LAB_HOME/cuts ]] || : >"$LAB_HOME/cuts"
  if [[ $(cut_method) == nft ]]; then apply_cuts_in_switch; else apply_cuts_in_hosts; fi
}

apply_cuts_in_switch() {
  local from to
  {
    printf 'table bridge lab\ndelete table bridge lab\n' # adding first makes deleting safe where there is none
    printf 'table bridge lab { chain cuts { type filter hook forward priority 0;\n'
    while read -r from to; do
      printf 'ether saddr %s ether daddr %s drop\n' "$(mac_of "$from")" "$(mac_of "$to")"
    done <"$LAB_HOME/cuts"
    printf '}; }\n'
  } | ip netns exec "$SWITCH" nft -f -
}

apply_cuts_in_hosts() { # a permanent neighbour entry with a MAC nobody has: silent loss, as a pulled cable
  local from to nobody=02:de:ad:de:ad:00
  for from in $(host_names); do
    netns_exists "$(netns_of "$from")" || continue
    for to in $(host_names); do
      if grep -qx "$from $to" "$LAB_HOME/cuts"; then
        ip -n "$(netns_of "$from")" neigh replace "$(address_of "$to")" lladdr "$nobody" dev eth0 nud permanent
      elif ip -n "$(netns_of "$from")" neigh show "$(address_of "$to")" | grep -q "$nobody"; then
        ip -n "$(netns_of "$from")" neigh del "$(address_of "$to")" dev eth0
      fi
    done
  done
}

add_cut() { grep -qx "$1 $2" "$LAB_HOME/cuts" || echo "$1 $2" >>"$LAB_HOME/cuts"; }

verb_partition() { # A B [--one-way]
  local started
  started=$(now_us)
  need_host "${1:-}"
  need_host "${2:-}"
  [[ $1 != "$2" ]] || fail USAGE "lab partition needs two hosts"
  lock_lab
  touch "$LAB_HOME/cuts"
  add_cut "$1" "$2"
  if [[ ${3:-} != --one-way ]]; then add_cut "$2" "$1"; fi
  apply_cuts
  took "$1" "cut off from $2" "$started"
}

verb_heal() { # [A B]
  local started
  started=$(now_us)
  need_lab
  lock_lab
  touch "$LAB_HOME/cuts"
  if [[ -z ${1:-} ]]; then
    : >"$LAB_HOME/cuts"
  else
    need_host "$1"
    need_host "${2:-}"
    grep -vx -e "$1 $2" -e "$2 $1" "$LAB_HOME/cuts" >"$LAB_HOME/cuts.new" || true
    mv "$LAB_HOME/cuts.new" "$LAB_HOME/cuts"
  fi
  apply_cuts
  took "${1:-lab}" "healed" "$started"
}

verb_slow() { # HOST RATE [DELAY] | off
  local started
  started=$(now_us)
  need_host "${1:-}"
  if [[ ${2:-} != off ]]; then
    [[ ${2:-} =~ ^[0-9]+(k|m|g)?bit$ ]] || fail USAGE "lab slow needs a rate such as 20mbit, or off"
    [[ -z ${3:-} ]] || netem_works || fail LAB_UNUSABLE "this kernel cannot delay packets" "it has no sch_netem; only a rate works"
  fi
  lock_lab
  if [[ $2 == off ]]; then rm -f "$HOSTS/$1/slow"; else echo "$2 ${3:-}" >"$HOSTS/$1/slow"; fi
  apply_slow "$1"
  took "$1" "link: $2 ${3:-}" "$started"
}
