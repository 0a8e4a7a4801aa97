# The switch is a bridge in a network namespace of its own; one cable leads to this machine (10.77.k.1),
# one to each host (10.77.k.11 and up). Hosts have no default route: a lab reaches nothing but itself.

subnet_is_free() { # NUMBER
  local owner
  owner=$(cat "$REGISTRY/$1" 2>/dev/null || true)
  [[ -z $owner || $owner == "$LAB_HOME" || ! -d $owner ]] || return 1
  [[ -z $(ip -4 route show root "10.77.$1.0/24")$(ip -4 -o addr show to "10.77.$1.0/24") ]]
}

pick_subnet() {
  local number owner tries
  clear_lost_labs
  lock_registry
  if lab_exists; then # fixed for the life of a lab: known_hosts and runbook.yaml hold its addresses
    number=$(<"$LAB_HOME/subnet")
    owner=$(cat "$REGISTRY/$number" 2>/dev/null || true)
    [[ -z $owner || $owner == "$LAB_HOME" || ! -d $owner ]] ||
      fail '' "the subnet 10.77.$number.0/24 of this lab is now used by another lab" "by the one in $owner" "destroy one of the two"
    echo "$LAB_HOME" >"$REGISTRY/$number"
  else
    number=$((16#$LAB_ID % 254 + 1))
    for ((tries = 0; tries < 254; tries++)); do
      if subnet_is_free "$number"; then break; fi
      number=$((number % 254 + 1))
    done
    ((tries < 254)) || fail LAB_UNUSABLE "no subnet 10.77.x.0/24 is free on this machine"
    echo "$LAB_HOME" >"$REGISTRY/$number"
    echo "$number" >"$LAB_HOME/subnet"
  fi
  unlock_registry
}

netns_exists() { [[ -e /run/netns/$1 ]]; }
switch_is_up() { netns_exists "$SWITCH" && ip link show "$CONTROL_LINK" >/dev/null 2>&1; }

switch_up() {
  if switch_is_up; then return; fi
  network_down
  ip netns add "$SWITCH"
  ip -n "$SWITCH" link set lo up
  ip -n "$SWITCH" link add br0 type bridge forward_delay 0 mcast_snooping 0
  ip -n "$SWITCH" link set br0 up
  ip link add "$CONTROL_LINK" type veth peer name control netns "$SWITCH"
  ip -n "$SWITCH" link set control master br0 up
  ip addr add "$(subnet).1/24" dev "$CONTROL_LINK"
  ip link set "$CONTROL_LINK" up
}

network_down() {
  local path name
  ip link del "$CONTROL_LINK" 2>/dev/null || true
  for path in "/run/netns/lab-$LAB_ID" "/run/netns/lab-$LAB_ID"-*; do
    name=$(basename "$path")
    if [[ -e $path ]]; then ip netns del "$name" || true; fi
  done
}

plug_host() { # HOST: a fresh namespace at every boot, as a real machine has no sockets left after a reboot
  local ns port
  ns=$(netns_of "$1") port=$(port_of "$1")
  unplug_host "$1"
  ip netns add "$ns"
  ip -n "$SWITCH" link add "$port" type veth peer name eth0 netns "$ns"
  ip -n "$ns" link set eth0 address "$(mac_of "$1")"
  ip -n "$ns" link set lo up
  ip -n "$ns" addr add "$(address_of "$1")/24" dev eth0
  ip -n "$SWITCH" link set "$port" master br0 up
  ip -n "$ns" link set eth0 up
  apply_slow "$1"
  apply_cuts
}

unplug_host() {
  ip -n "$SWITCH" link del "$(port_of "$1")" 2>/dev/null || true
  if netns_exists "$(netns_of "$1")"; then ip netns del "$(netns_of "$1")" 2>/dev/null || true; fi
}
