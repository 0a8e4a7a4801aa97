# The configuration for the runbook, ready to use. A file that somebody else wrote is never touched.

YAML_MARKER='# Written by "runbook lab up", which rewrites this file as long as this line stands first.'

runbook_yaml() {
  local host
  printf '%s\n' "$YAML_MARKER"
  printf 'version: 1\ncluster: lab\n'
  printf 'leader: { name: leader, host: %s, address: %s }\n' "$(address_of leader)" "$(address_of leader)"
  printf 'followers:\n'
  for host in $(host_names); do
    if [[ $host != leader ]]; then printf '  - { name: %s, host: %s }\n' "$host" "$(address_of "$host")"; fi
  done
  printf 'ssh:\n  user: ops\n  identityFile: %s\n  knownHosts: %s\n' \
    "$(json_string "$LAB_HOME/ssh/id_ed25519")" "$(json_string "$LAB_HOME/ssh/known_hosts")"
  printf 'replication: { role: replication, password: generate, slotWalLimit: 1GB, tls: require }\n'
}

write_runbook_yaml() { # FILE
  if ! host_exists leader || [[ $(host_names | wc -l) -lt 2 ]]; then
    note lab "no $1 written: it needs a host called leader and another one"
    return
  fi
  # -L: a link that leads nowhere is somebody's, too
  if [[ (-e $1 || -L $1) && $(head -1 "$1" 2>/dev/null) != "$YAML_MARKER" ]]; then
    note lab "$1 was left alone: it is not one that \"runbook lab up\" wrote. For this lab it would be:"
    runbook_yaml | sed 's/^/    /' >&2
    return
  fi
  runbook_yaml >"$1.new.$$"
  mv "$1.new.$$" "$1"
  note lab "wrote $1"
}
