# In a new leader's root, before its first boot: the database `shop`.
# $1: PostgreSQL's major version; $2: bytes wanted; $3: the statements.
version=$1 bytes=$2 statements=$3
programs=/usr/lib/postgresql/$version/bin
data=/var/lib/postgresql/$version/main
settings="-c config_file=/etc/postgresql/$version/main/postgresql.conf"
if [[ -d /var/lib/pgsql ]]; then data=/var/lib/pgsql/$version/data settings=; fi

as_postgres() { setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/lib/postgresql "$@"; }

# wal_level=minimal: filling a table in the transaction that made it writes no WAL, which saves half of the
# time and of the disk; without full_page_writes the vacuum does not write it all once more. The next start
# is with the cluster's own configuration.
as_postgres "$programs/pg_ctl" start -s -w -t 60 -D "$data" -o "$settings -c listen_addresses='' -c unix_socket_directories=/tmp \
  -c external_pid_file=/tmp/postgres.pid -c wal_level=minimal -c max_wal_senders=0 -c full_page_writes=off -c fsync=off -c autovacuum=off"
# an empty database has 7.5 MB; measured, 1000 orders and their share of customers and indexes have 378 kB
orders=$(((bytes - 7500000) / 378))
as_postgres "$programs/psql" -X -q -v ON_ERROR_STOP=1 -h /tmp -d postgres -v orders=$((orders > 100 ? orders : 100)) -f - <<<"$statements"
as_postgres "$programs/psql" -X -At -h /tmp -d postgres -c "SELECT 'shop: ' || pg_size_pretty(pg_database_size('shop'))"
as_postgres "$programs/pg_ctl" stop -s -w -m fast -D "$data"
