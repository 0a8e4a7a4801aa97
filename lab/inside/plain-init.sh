#!/bin/bash
# PID 1 of a host without systemd: PostgreSQL as its start.conf says, and sshd. Bash reaps what is left to it.
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
install -d -m 755 /run/sshd /run/lock
install -d -o postgres -g postgres -m 2775 /run/postgresql
service postgresql start
/usr/sbin/sshd -D &
stop() {
  service postgresql stop
  exit 0
}
trap stop TERM
touch /run/lab-ready
while :; do
  sleep 3600 &
  wait $! # a signal ends the wait, and only the wait
done
