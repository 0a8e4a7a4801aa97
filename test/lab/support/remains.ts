import { onHost } from './operator.js';

/**
 * What a cancelled run must leave as it was, as text. Not in it: times of files that were edited and put back, the
 * time of a restart or reload of the leader, values that stay in effect until its next restart (the run lists
 * them), and our closed records and journal.
 */
const remainsOn = (home: string, host: string, restarts: boolean): Promise<string> =>
  onHost(
    home,
    host,
    `
cd /
q() { setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -d postgres -c "$1"; }
ls -Ad /var/lib/postgresql/.[!.]* /var/lib/postgresql/15/* 2>/dev/null
stat -c '%n %i %U %a' /var/lib/postgresql/15/main
find /etc/postgresql /etc/systemd/system \\( -type f -o -type l \\) -printf '%p %u %m %l\\n' | sort
find /etc/postgresql -type f -exec sha256sum {} + | sort
sha256sum /var/lib/postgresql/15/main/postgresql.auto.conf
systemctl is-active postgresql@15-main | sed s/activating/active/
systemctl list-units --all --no-legend 'pg-runbook-*'
pgrep -a pg_basebackup
ls -d /run/pg-runbook-* 2>/dev/null
findmnt -no TARGET | grep pg-runbook
ls -A /var/lib/pg-runbook/held 2>/dev/null
for record in /var/lib/pg-runbook/op/*/*; do [ ! -f "$record" ] || grep -q ^closedAt= "$record" || echo "open: $record"; done
q "select system_identifier from pg_control_system()"
${restarts ? '' : 'q "select pg_postmaster_start_time()"'}
q "select oid, datname from pg_database order by 1"
q "select rolname, rolpassword from pg_authid order by 1"
q "select slot_name from pg_replication_slots"
setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/pg_dumpall -h /var/run/postgresql --no-sync | grep -v -e '^--' -e 'restrict' | sha256sum
`,
  );

/** Of both hosts. The leader's restart is one of the approved changes; the follower's server goes on all the time. */
export async function remains(home: string): Promise<Record<string, string>> {
  const [leader, follower1] = await Promise.all([
    remainsOn(home, 'leader', true),
    remainsOn(home, 'follower1', false),
  ]);
  return { leader, follower1 };
}
