# In a new host's root. $1: PostgreSQL's major version; $2: listen_addresses, empty for Debian's default.
# where the data directory is a volume of its own, as whoever makes one for PostgreSQL does
rmdir "/var/lib/postgresql/$1/main/lost+found" 2>/dev/null || true
pg_createcluster --locale C.UTF-8 -e UTF8 --start-conf auto "$1" main -- --no-sync
if [[ -n $2 ]]; then
  conf=/etc/postgresql/$1/main/conf.d/00-lab.conf
  printf "listen_addresses = '%s'\n" "$2" >"$conf"
  chown postgres:postgres "$conf"
fi
