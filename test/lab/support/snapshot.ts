import { onHost } from './operator.js';

/** Where a cluster lies; its configuration within its data, where that is not said. */
export interface Place {
  data: string;
  configuration?: string;
}

const DEBIAN: Place = { data: '/var/lib/postgresql/15/main', configuration: '/etc/postgresql' };

/**
 * All of a host that a run could change, as text: files with inode, size, time and digest, what the
 * server says of itself, and a digest of a full dump. Two equal snapshots: nothing was changed.
 */
export const snapshot = (
  home: string,
  host: string,
  { data, configuration = data }: Place = DEBIAN,
): Promise<string> =>
  onHost(
    home,
    host,
    `
cd /
q() { setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -d postgres -c "$1"; }
echo "directories: $(ls ${data}/.. | xargs)"
stat -c '%n %i %U %a' ${data}
find ${configuration} ${data} -maxdepth 5 \\( -name '*.conf' -o -name '*.signal' \\) -printf '%p %i %s %T@ %u %m\\n' | sort
find ${configuration} -name '*.conf' -type f -exec sha256sum {} + | sort
ls -la --time-style=full-iso /var/lib/postgresql/.pg-runbook 2>/dev/null
find /var/lib/pg-runbook -printf '%p %s %T@\\n' 2>/dev/null | sort
systemctl is-active 'postgresql@15-main' 'postgresql-15' 2>/dev/null | sed s/activating/active/ # while Debian's tool polls
q "select system_identifier from pg_control_system()"
q "select pg_postmaster_start_time(), pg_conf_load_time()"
q "select oid, datname from pg_database order by 1"
q "select rolname, rolpassword from pg_authid order by 1"
q "select slot_name from pg_replication_slots"
q "select name, setting from pg_settings where source not in ('default', 'override', 'client') order by 1" | grep -v application_name
setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/pg_dumpall -h /var/run/postgresql --no-sync | grep -v -e '^--' -e 'restrict' | sha256sum
`,
  );

export async function snapshots(home: string, place: Place = DEBIAN): Promise<Record<string, string>> {
  const [leader, follower1] = await Promise.all([
    snapshot(home, 'leader', place),
    snapshot(home, 'follower1', place),
  ]);
  return { leader, follower1 };
}
