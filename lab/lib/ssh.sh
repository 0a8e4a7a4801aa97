# How to log in: a key of the lab's own, the hosts' keys known beforehand, nothing of the caller's ~/.ssh.

make_login_key() {
  mkdir -p "$LAB_HOME/ssh"
  if [[ ! -f $LAB_HOME/ssh/id_ed25519.pub ]]; then
    rm -f "$LAB_HOME/ssh/id_ed25519" # ssh-keygen was killed between its two files
    ssh-keygen -q -t ed25519 -N '' -C lab -f "$LAB_HOME/ssh/id_ed25519"
  fi
}

write_ssh_files() {
  local dir=$LAB_HOME/ssh host
  for host in $(host_names); do
    printf '%s,%s %s\n' "$(address_of "$host")" "$host" "$(cut -d' ' -f1,2 "$HOSTS/$host/ssh_host_ed25519_key.pub")"
  done >"$dir/known_hosts.new"
  for host in $(host_names); do ssh_stanza "$host"; done >"$dir/config.new"
  mv "$dir/known_hosts.new" "$dir/known_hosts"
  mv "$dir/config.new" "$dir/config"
}

ssh_stanza() { # HOST. Without the ServerAlive lines a client of a host whose power was cut hangs for ever
  printf 'Host %s\n  HostName %s\n  HostKeyAlias %s\n  User ops\n  Port 22\n' "$1" "$(address_of "$1")" "$1"
  printf '  IdentityFile "%s"\n  IdentitiesOnly yes\n' "$LAB_HOME/ssh/id_ed25519"
  printf '  UserKnownHostsFile "%s"\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n' "$LAB_HOME/ssh/known_hosts"
  printf '  BatchMode yes\n  ConnectTimeout 5\n  ServerAliveInterval 5\n  ServerAliveCountMax 3\n'
}

json_string() { # also a valid double-quoted string of YAML; LAB_HOME has no control characters (check.sh)
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

verb_ssh_config() { # [--json]
  local host comma=
  [[ -f $LAB_HOME/ssh/config ]] || need_lab
  if [[ ${1:-} != --json ]]; then
    cat "$LAB_HOME/ssh/config"
    return
  fi
  printf '{"config":%s,"identityFile":%s,"knownHosts":%s,"user":"ops","hosts":{' \
    "$(json_string "$LAB_HOME/ssh/config")" "$(json_string "$LAB_HOME/ssh/id_ed25519")" "$(json_string "$LAB_HOME/ssh/known_hosts")"
  for host in $(host_names); do
    printf '%s"%s":{"address":"%s","port":22}' "$comma" "$host" "$(address_of "$host")"
    comma=,
  done
  printf '}}\n'
}
