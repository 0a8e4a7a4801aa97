# Names and numbers of a lab and of its hosts. Everything that exists outside of LAB_HOME carries LAB_ID.

LAB_ID=$(printf %s "$LAB_HOME" | sha256sum | cut -c1-6)
HOSTS=$LAB_HOME/hosts
SWITCH=lab-$LAB_ID      # network namespace that holds nothing but the switch
CONTROL_LINK=lab$LAB_ID # our end of the cable into the switch (interface names have 15 characters at most)

host_dir() { printf '%s\n' "$HOSTS/$1"; }
host_exists() { [[ -f $HOSTS/$1/index ]]; }
lab_exists() { [[ -f $LAB_HOME/subnet ]]; }
valid_name() { [[ $1 =~ ^[a-z][a-z0-9-]{0,30}$ ]]; }

host_names() { # in the order they were made
  local dir
  for dir in "$HOSTS"/*/; do
    if [[ -f $dir/index ]]; then printf '%s %s\n' "$(<"$dir/index")" "$(basename "$dir")"; fi
  done | sort -n | cut -d' ' -f2
}

need_lab() { lab_exists || fail '' "there is no lab in $LAB_HOME" '' "make one with \"runbook lab up\""; }

need_host() {
  [[ -n ${1:-} ]] || fail USAGE "lab $VERB needs the name of a host"
  need_lab
  host_exists "$1" || fail USAGE "the lab has no host \"$1\"" "its hosts: $(host_names | xargs)"
}

next_index() { # numbers are never reused, so that no host inherits another one's address
  local highest=0 file
  for file in "$HOSTS"/*/index; do
    if [[ -f $file ]] && (($(<"$file") > highest)); then highest=$(<"$file"); fi
  done
  printf '%s\n' $((highest + 1))
}

subnet() { printf '10.77.%s\n' "$(<"$LAB_HOME/subnet")"; }
index_of() { printf '%s\n' "$(<"$HOSTS/$1/index")"; }
address_of() { printf '%s.%s\n' "$(subnet)" $((10 + $(index_of "$1"))); }
mac_of() { printf '02:6c:%s:%s:%02x:%02x' "${LAB_ID:0:2}" "${LAB_ID:2:2}" "$(<"$LAB_HOME/subnet")" "$(index_of "$1")"; }
netns_of() { printf '%s\n' "lab-$LAB_ID-$1"; }
port_of() { printf '%s\n' "p$(index_of "$1")"; } # the host's port on the switch
