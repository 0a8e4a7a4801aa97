import type { ServerFacts } from '../../planning/facts.js';
import type { SqlSession } from '../hosts/host.js';

const SETTINGS = [
  'wal_level',
  'max_wal_senders',
  'max_replication_slots',
  'listen_addresses',
  'max_slot_wal_keep_size',
  'ssl',
  'max_connections',
  'max_worker_processes',
  'max_prepared_transactions',
  'max_locks_per_transaction',
  'recovery_min_apply_delay',
  'primary_conninfo',
  'primary_slot_name',
];

/**
 * All facts of a running server in one statement, so that they are of one moment and cost one round trip.
 * `pg_file_settings` calls a value that awaits a restart an error too; those have context `postmaster`
 * and are told apart here as `pendingRestart`.
 */
const QUERY = `
with last_file_settings as (
  select distinct on (f.name) f.name, f.applied, f.error, s.context
    from pg_file_settings f left join pg_settings s on s.name = f.name
   order by f.name, f.seqno desc
), wal_timeline as (
  select case when not pg_is_in_recovery() then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline
)
select json_build_object(
  'inRecovery', pg_is_in_recovery(),
  'systemIdentifier', (select system_identifier::text from pg_control_system()),
  'timeline', (select timeline_id from pg_control_checkpoint()),
  'serverVersion', split_part(current_setting('server_version'), ' ', 1),
  'majorVersion', current_setting('server_version_num')::int / 10000,
  'postmasterStartTime', to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'settings', (select json_object_agg(name, json_build_object('setting', setting, 'context', context, 'pendingRestart', pending_restart))
                 from pg_settings where name = any($1)),
  'pendingRestart', (select coalesce(json_agg(distinct name), '[]') from (
      select name from pg_settings where pending_restart
      union select name from last_file_settings where not applied and context = 'postmaster' and error = 'setting could not be applied') pending),
  'fileErrors', (select coalesce(json_agg(format('%s:%s: %s', f.sourcefile, f.sourceline, f.error)), '[]')
      from pg_file_settings f left join pg_settings s on s.name = f.name
     where f.error is not null and not (s.context is not distinct from 'postmaster' and f.error = 'setting could not be applied')),
  'hbaErrors', (select coalesce(json_agg(format('line %s: %s', line_number, error)), '[]') from pg_hba_file_rules where error is not null and type is null),
  'slots', (select coalesce(json_agg(json_build_object('name', slot_name, 'type', slot_type, 'active', active, 'activePid', active_pid,
      'walStatus', wal_status, 'retainedBytes', coalesce(pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::float8)), '[]')
      from pg_replication_slots),
  'walSenders', (select count(*) from pg_stat_activity where backend_type = 'walsender'),
  'standbys', (select coalesce(json_agg(json_build_object('pid', pid, 'applicationName', application_name, 'clientAddress', host(client_addr), 'state', state,
      'replayLsn', replay_lsn::text, 'replyAgeSeconds', extract(epoch from now() - reply_time)::float8)), '[]') from pg_stat_replication),
  'databases', (select coalesce(json_agg(datname order by datname), '[]') from pg_database where not datistemplate),
  'databaseSizes', (select coalesce(json_object_agg(datname, pg_database_size(oid)), '{}') from pg_database where not datistemplate),
  'databaseBytes', (select sum(pg_tablespace_size(oid))::float8 from pg_tablespace),
  'tablespaces', (select coalesce(json_agg(spcname), '[]') from pg_tablespace where spcname not in ('pg_default', 'pg_global')),
  'userTables', (select count(*) from pg_class where oid >= 16384 and relkind in ('r', 'p', 'm')),
  'userRoles', (select coalesce(json_agg(rolname), '[]') from pg_roles where oid >= 16384),
  'subscriptions', (select count(*) from pg_subscription),
  'subscribed', (select coalesce(json_agg(json_build_object('name', s.subname, 'database', d.datname, 'slot', s.subslotname, 'conninfo', s.subconninfo) order by s.subname), '[]')
      from pg_subscription s join pg_database d on d.oid = s.subdbid),
  'clientSessions', (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'pg-replication-runbook'),
  'walTimeline', (select timeline from wal_timeline),
  'timelineHistory', (select pg_read_file(format('pg_wal/%s.history', lpad(upper(to_hex(greatest(timeline_id, timeline))), 8, '0')), 0, 1000000, true)
      from pg_control_checkpoint(), wal_timeline),
  'oldestWalLsn', case when pg_is_in_recovery() then null else (
      select upper(format('%s/%s', to_hex(('x' || substr(oldest, 1, 8))::bit(32)::int8),
               to_hex(('x' || substr(oldest, 9))::bit(32)::int8 * (select setting::int8 from pg_settings where name = 'wal_segment_size'))))
        from (select min(substr(name, 9)) as oldest from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') wal) end,
  'flushLsn', case when pg_is_in_recovery() then null else pg_current_wal_flush_lsn()::text end,
  'replayLsn', case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end,
  'receiveLsn', case when pg_is_in_recovery() then pg_last_wal_receive_lsn()::text end,
  'replayPaused', case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end,
  'walReceiver', (select json_build_object('status', status, 'slot', nullif(slot_name, ''), 'timeline', received_tli) from pg_stat_wal_receiver limit 1)
) as facts`;

export async function serverFacts(session: SqlSession): Promise<ServerFacts> {
  await session.query("set lc_messages to 'C'");
  const [row] = await session.query<{ facts: ServerFacts }>(QUERY, [SETTINGS]);
  if (row === undefined) throw new Error('the fact query returned no row');
  return row.facts;
}
