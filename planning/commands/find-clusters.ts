/**
 * The host's clusters, from whoever knows them: Debian's pg_lsclusters; where that is not installed, the units that
 * run a server of their own with PGDATA in their environment, as PGDG's packages and initdb with a hand-made unit do.
 * Their configuration lies in the data directory, and their name is the unit's.
 *
 * `clusters` prints a cluster a line: version, name, data directory, directory of the configuration, pg_hba.conf,
 * owner's name, directory of the programs, unit, port, directory of the socket, start word; parted by a character that
 * no path has. Reads only. Needs SERVICE.
 */
export const FIND_CLUSTERS = `
US=$(printf '\\037')
row() { printf '%s' "$1"; shift; for field in "$@"; do printf '\\037%s' "$field"; done; echo; }
clusters() {
  if command -v pg_lsclusters >/dev/null; then debian_clusters
  elif runs_systemd; then unit_clusters
  fi
}
debian_clusters() { # JSON.pm is what pg_lsclusters itself prints with
  pg_lsclusters -j | perl -MJSON -e '
    binmode STDOUT, ":utf8";
    for my $c (@{decode_json(join "", <STDIN>)}) {
      my $owner = $c->{owneruid} // $c->{configuid} // "";
      my $user = $owner =~ /^[0-9]+$/ ? (getpwuid($owner) // "postgres") : "postgres";
      print join("\\x1f", $c->{version}, $c->{cluster}, $c->{pgdata}, $c->{configdir}, $c->{config}{hba_file} // "$c->{configdir}/pg_hba.conf",
        $user, "/usr/lib/postgresql/$c->{version}/bin", "postgresql\\@$c->{version}-$c->{cluster}.service", $c->{port}, $c->{socketdir}, $c->{start} // "auto"), "\\n";
    }' 2>/dev/null
}
property() { systemctl show -p "$2" --value "$1" 2>/dev/null; }
unit_clusters() {
  systemctl list-unit-files --plain --no-legend 'postgresql*.service' 2>/dev/null | while read -r unit state _; do
    case $unit in *@*) continue ;; esac
    data=$(property "$unit" Environment | tr ' ' '\\n' | sed -n 's/^"\\{0,1\\}PGDATA=//p' | sed 's/"$//; s|/*$||')
    programs=$(property "$unit" ExecStart | sed -n 's/.*path=\\([^ ;]*\\).*/\\1/p' | head -n 1); programs=\${programs%/*}
    [ -n "$data" ] && [ -x "$programs/postgres" ] || continue
    user=$(property "$unit" User); user=\${user:-postgres}
    version=$("$programs/postgres" --version 2>/dev/null | sed 's/^[^0-9]*//; s/[^0-9].*//')
    # In the middle of a swap the configuration is where the old directory is, the last one to be renamed.
    conf=$data
    [ -f "$data/postgresql.conf" ] || conf=$(ls -dtc "$data".replaced-* 2>/dev/null | head -n 1)
    ask() { setpriv --reuid="$user" --regid="$user" --init-groups env HOME=/ "$programs/postgres" -D "$conf" -C "$1" 2>/dev/null; }
    port=$(ask port); sockets=$(ask unix_socket_directories); hba=$(ask hba_file)
    case $state in enabled*) start=auto ;; masked*) start=disabled ;; *) start=manual ;; esac
    row "$version" "\${unit%.service}" "$data" "$data" "$data/$(basename "\${hba:-pg_hba.conf}")" "$user" "$programs" "$unit" "\${port:-5432}" "$(first_directory "\${sockets:-/run/postgresql}")" "$start"
  done
}
first_directory() { # LIST, as unix_socket_directories is one: the first that is there
  printf '%s\\n' "$1" | tr ',' '\\n' | sed 's/^ *//; s/ *$//; s/^"//; s/"$//' | while IFS= read -r directory; do
    [ ! -d "$directory" ] || { printf '%s' "$directory"; break; }
  done
}
`;
