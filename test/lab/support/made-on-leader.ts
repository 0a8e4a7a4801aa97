/** Shell text: what a run makes on the leader for a follower, besides its settings, where pg_hba.conf lies in `directory`. */
export const madeOnLeader = (directory: string): string => `
cd /
sha256sum ${directory}/pg_hba.conf
setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -d postgres \\
  -c 'select slot_name from pg_replication_slots' -c 'select rolname from pg_roles order by 1'
`;
