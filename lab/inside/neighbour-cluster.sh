# In a new host's root. $1: PostgreSQL's major version. A second cluster beside the first, on port 5433, with data of
# its own, which nobody has any business with.
pg_createcluster --locale C.UTF-8 -e UTF8 --start-conf auto -p 5433 "$1" other -- --no-sync
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
bin=/usr/lib/postgresql/$1/bin
data=/var/lib/postgresql/$1/other
as_postgres "$bin/postgres" --single -D "$data" -c "config_file=/etc/postgresql/$1/other/postgresql.conf" postgres >/dev/null <<'SQL'
create table ledger as select id, md5(id::text) as entry from generate_series(1, 1000) id
SQL
