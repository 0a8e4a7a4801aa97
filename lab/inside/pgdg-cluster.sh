# In a new host's root: the layout of the PGDG rpm, where everything lies inside PGDATA, the unit is
# postgresql-VERSION and there is no postgresql-common. $1: major version; $2: listen_addresses or empty.
version=$1 listen=$2
data=/var/lib/pgsql/$version/data
install -d -o postgres -g postgres -m 700 /var/lib/pgsql "/var/lib/pgsql/$version" "$data"
ln -s "/usr/lib/postgresql/$version" "/usr/pgsql-$version"
setpriv --reuid postgres --regid postgres --init-groups env HOME=/var/lib/postgresql \
  "/usr/pgsql-$version/bin/initdb" -N -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --auth-local=peer -D "$data"
printf "unix_socket_directories = '/run/postgresql, /tmp'\n" >>"$data/postgresql.conf"
if [[ -n $listen ]]; then printf "listen_addresses = '%s'\n" "$listen" >>"$data/postgresql.conf"; fi
cat >"/etc/systemd/system/postgresql-$version.service" <<UNIT
[Unit]
Description=PostgreSQL $version database server
After=network.target
[Service]
Type=notify
User=postgres
Group=postgres
Environment=PGDATA=$data/
RuntimeDirectory=postgresql
RuntimeDirectoryMode=2775
OOMScoreAdjust=-1000
ExecStart=/usr/pgsql-$version/bin/postgres -D \${PGDATA}
ExecReload=/bin/kill -HUP \$MAINPID
KillMode=mixed
KillSignal=SIGINT
TimeoutSec=0
[Install]
WantedBy=multi-user.target
UNIT
systemctl -q disable postgresql.service 2>/dev/null || true
rm -f /usr/bin/pg_lsclusters /usr/bin/pg_ctlcluster /usr/bin/pg_createcluster /usr/bin/pg_dropcluster \
  /lib/systemd/system/postgresql.service /lib/systemd/system/postgresql@.service \
  /lib/systemd/system-generators/postgresql-generator
systemctl -q enable "postgresql-$version.service"
