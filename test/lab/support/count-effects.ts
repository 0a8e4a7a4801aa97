import { onHost, psql } from './operator.js';

/** What a run has done to the hosts, counted there and not by what the tool says of itself. */
export interface Effects {
  /** `BASE_BACKUP` commands the leader ever received. */
  baseBackups: number;
  /** Jobs of the copy on the follower. */
  jobs: number;
  slots: number;
  hbaLines: number;
  roles: number;
  leaderStarts: number;
  /** Data directories that were moved aside. */
  replaced: number;
  incoming: number;
}

const LEADER_LOG = '/var/log/postgresql/postgresql-15-main.log';

/** Lets the leader log what replication clients ask of it; to be called before the run that is counted. */
export async function countBaseBackups(home: string): Promise<void> {
  await psql(home, 'leader', 'alter system set log_replication_commands = on');
  await psql(home, 'leader', 'select pg_reload_conf()');
}

export async function countEffects(home: string, follower: string): Promise<Effects> {
  const [leader, there] = await Promise.all([
    onHost(
      home,
      'leader',
      `grep -c 'received replication command: BASE_BACKUP' ${LEADER_LOG}
       grep -c 'database system is ready to accept connections' ${LEADER_LOG}
       grep -c '# ${follower}$' /etc/postgresql/15/main/pg_hba.conf
       cd / && setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -d postgres \
         -c "select count(*) from pg_replication_slots where slot_name like 'rb_${follower}_%'" \
         -c "select count(*) from pg_roles where rolname = 'replication_${follower}'"`,
    ),
    onHost(
      home,
      follower,
      `ls -d /var/lib/pg-runbook/jobs/*/* 2>/dev/null | wc -l
       ls -d /var/lib/postgresql/15/main.replaced-* 2>/dev/null | wc -l
       ls -d /var/lib/postgresql/15/main.incoming-* 2>/dev/null | wc -l`,
    ),
  ]);
  const [baseBackups = NaN, leaderStarts = NaN, hbaLines = NaN, slots = NaN, roles = NaN] = numbers(leader);
  const [jobs = NaN, replaced = NaN, incoming = NaN] = numbers(there);
  return { baseBackups, jobs, slots, hbaLines, roles, leaderStarts, replaced, incoming };
}

const numbers = (text: string): number[] => text.split('\n').map(Number);
