import type { ServerFacts } from '../../planning/facts.js';
import { RECORD_WOULD_BE_NOTICED } from '../../planning/step-commands.js';

// One expression a fact; `$1` is the list of settings. 13 to 18 must all be able to run them, leaders and standbys: a column that is not in
// all versions is read through to_jsonb, a function that fails in recovery stands behind a CASE.

type Facts = Partial<Record<keyof ServerFacts, string>>;

const isoTime = (expression: string): string =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Eight hexadecimal digits of a WAL segment's name (timeline, then both halves of its number) as bigint. */
const hexNumber = (name: string, from: number): string =>
  `('x' || substr(${name}, ${String(from)}, 8))::bit(32)::bigint`;

/** Rows that several facts are drawn from. */
const COMMON_ROWS = `
  last_file_settings as (
    select distinct on (f.name) f.name, f.applied, f.error, s.context
      from pg_file_settings f left join pg_settings s on s.name = f.name
     order by f.name, f.seqno desc),
  hba_rules as (
    select line_number, type, error, to_jsonb(r)->>'file_name' as file_name from pg_hba_file_rules r),
  wal_timeline as (
    select case when not pg_is_in_recovery()
                then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline),
  client_backends as (
    select datname, usename, application_name, host(client_addr) as address, backend_start
      from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid()
       and application_name <> 'pg-replication-runbook')`;

/** A password within a connection string, in both of its forms, is nobody's business but the server's. */
const MASKED_SETTING = `case when name <> 'primary_conninfo' then setting else
  regexp_replace(regexp_replace(setting,
    $re$(password\\s*=\\s*)('([^'\\\\]|\\\\.)*'|[^\\s']\\S*)$re$, $re$\\1********$re$, 'gi'),
    $re$(://[^:@/\\s]*:)[^@\\s]*@$re$, $re$\\1********@$re$) end`;

const IDENTITY = {
  inRecovery: 'pg_is_in_recovery()',
  systemIdentifier: '(select system_identifier::text from pg_control_system())',
  timeline: '(select timeline_id from pg_control_checkpoint())',
  serverVersion: "split_part(current_setting('server_version'), ' ', 1)",
  majorVersion: "current_setting('server_version_num')::int / 10000",
  postmasterStartTime: isoTime('pg_postmaster_start_time()'),
} satisfies Facts;

/**
 * `pg_file_settings` calls a value that awaits a restart an error too; those have context `postmaster`
 * and are told apart here as `pendingRestart`. So it does, in a row without a file, where such a setting is gone from
 * all files, as after a run whose leader's settings were taken back.
 */
const CONFIGURATION = {
  settings: `(select json_object_agg(name, json_build_object('setting', ${MASKED_SETTING}, 'context', context,
      'pendingRestart', pending_restart)) from pg_settings where name = any($1))`,
  pendingRestart: `(select coalesce(json_agg(distinct name), '[]') from (
      select name from pg_settings where pending_restart
      union select name from last_file_settings
       where not applied and context = 'postmaster' and error = 'setting could not be applied') pending)`,
  alterSystem: `(select coalesce(json_agg(distinct name), '[]') from pg_file_settings
     where sourcefile like '%/postgresql.auto.conf')`,
  fileErrors: `(select coalesce(json_agg(format('%s:%s: %s', f.sourcefile, f.sourceline, f.error)), '[]')
      from pg_file_settings f left join pg_settings s on s.name = f.name
     where f.error is not null
       and not (s.context is not distinct from 'postmaster' and f.error = 'setting could not be applied')
       and not (f.sourcefile is null and f.error like 'parameter % cannot be changed without restarting the server'))`,
  hbaErrors: `(select coalesce(json_agg(format('%s %s: %s', coalesce(file_name || ' line', 'line'), line_number, error)), '[]')
      from hba_rules where error is not null and type is null)`,
  editedFiles: `(select coalesce(json_agg(path order by path), '[]') from (
      select sourcefile as path from pg_file_settings union select file_name from hba_rules
      union select current_setting('hba_file') union select current_setting('ident_file')) files
     where (pg_stat_file(path, true)).modification > pg_conf_load_time())`,
} satisfies Facts;

const REPLICATION = {
  slots: `(select coalesce(json_agg(json_build_object('name', slot_name, 'type', slot_type, 'active', active,
      'activePid', active_pid, 'walStatus', wal_status, 'retainedBytes', coalesce(pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn), 0)::float8)
      order by slot_name), '[]') from pg_replication_slots)`,
  walSenders: "(select count(*) from pg_stat_activity where backend_type = 'walsender')",
  standbys: `(select coalesce(json_agg(json_build_object('pid', pid, 'applicationName', application_name,
      'clientAddress', host(client_addr), 'state', state, 'replayLsn', replay_lsn::text,
      'replyAgeSeconds', extract(epoch from now() - reply_time)::float8, 'syncState', sync_state)), '[]')
      from pg_stat_replication)`,
  flushLsn: 'case when pg_is_in_recovery() then null else pg_current_wal_flush_lsn()::text end',
  replayLsn: 'case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end',
  receiveLsn: 'case when pg_is_in_recovery() then pg_last_wal_receive_lsn()::text end',
  replayPaused: 'case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end',
  walReceiver: `(select json_build_object('status', status, 'slot', nullif(slot_name, ''), 'timeline', received_tli)
      from pg_stat_wal_receiver limit 1)`,
  archiver: `(select json_build_object('failedCount', failed_count, 'lastFailedWal', last_failed_wal,
      'lastFailedAt', ${isoTime('last_failed_time')}, 'lastArchivedAt', ${isoTime('last_archived_time')})
      from pg_stat_archiver where current_setting('archive_mode') <> 'off')`,
  walTimeline: '(select timeline from wal_timeline)',
  timelineHistory: `(select pg_read_file(format('pg_wal/%s.history', lpad(upper(to_hex(greatest(timeline_id, timeline))), 8, '0')), 0, 1000000, true)
      from pg_control_checkpoint(), wal_timeline)`,
  oldestWalLsn: `case when not pg_is_in_recovery() then (
      select format('%s/%s', upper(to_hex(${hexNumber('name', 9)})), upper(to_hex(${hexNumber('name', 17)} * segment)))
        from (select min(name collate "C") as name from pg_ls_waldir()
               where name ~ '^[0-9A-F]{24}$' and left(name, 8) = left(pg_walfile_name(pg_current_wal_lsn()), 8)) oldest,
             (select setting::bigint as segment from pg_settings where name = 'wal_segment_size') size
       where name is not null) end`,
} satisfies Facts;

/** By name, not by datistemplate: a template that somebody made holds data like any other database. */
const NOT_INITDBS = "datname not in ('template0', 'template1')";

const CONTENTS = {
  databases: `(select coalesce(json_agg(datname order by datname), '[]') from pg_database where ${NOT_INITDBS})`,
  databaseSizes: `(select coalesce(json_object_agg(datname, pg_database_size(oid)), '{}') from pg_database where ${NOT_INITDBS})`,
  databaseBytes: '(select sum(pg_tablespace_size(oid))::float8 from pg_tablespace)',
  tablespaces: `(select coalesce(json_agg(json_build_object('oid', oid::text, 'name', spcname,
      'location', pg_tablespace_location(oid), 'bytes', coalesce(pg_tablespace_size(oid), 0)::float8) order by spcname), '[]')
      from pg_tablespace
      where spcname not in ('pg_default', 'pg_global'))`,
  userTables: "(select count(*) from pg_class where oid >= 16384 and relkind in ('r', 'p', 'm'))",
  userRoles: "(select coalesce(json_agg(rolname), '[]') from pg_roles where oid >= 16384)",
  extensionsInUse: "(select coalesce(json_agg(extname order by extname), '[]') from pg_extension)",
  subscribed: `(select coalesce(json_agg(json_build_object('name', s.subname, 'database', d.datname, 'slot', s.subslotname,
      'conninfo', s.subconninfo) order by s.subname), '[]') from pg_subscription s join pg_database d on d.oid = s.subdbid)`,
  subscriptions: '(select count(*) from pg_subscription)',
  recordWouldBeNoticed: `(select ${RECORD_WOULD_BE_NOTICED})`,
  preparedTransactions: '(select count(*) from pg_prepared_xacts)',
  icuCollationVersion: `(select pg_collation_actual_version(oid) from pg_collation
      where collname = 'und-x-icu' and collnamespace = 'pg_catalog'::regnamespace limit 1)`,
} satisfies Facts;

const SESSIONS = {
  clientSessions: '(select count(*) from client_backends)',
  sessions: `(select coalesce(json_agg(json_build_object('database', datname, 'user', usename,
      'application', application_name, 'address', address)), '[]')
      from (select * from client_backends order by backend_start limit 10) oldest)`,
} satisfies Facts;

/** Databases have had versions of their collations since 15, and the function that tells the actual one. */
const databaseLocales = (majorVersion: number): string => `(
  select coalesce(json_agg(json_build_object('database', datname,
      'provider', coalesce(to_jsonb(d)->>'datlocprovider', 'c'), 'collate', datcollate, 'ctype', datctype,
      'version', to_jsonb(d)->>'datcollversion',
      'actualVersion', ${majorVersion >= 15 ? 'pg_database_collation_actual_version(oid)' : 'null::text'})
      order by datname), '[]') from pg_database d where datallowconn)`;

/** pg_stat_wal came with 14. */
const walRate = (majorVersion: number): string =>
  majorVersion < 14
    ? 'null::float8'
    : `(select (wal_bytes / nullif(extract(epoch from now() - stats_reset), 0))::float8
          from pg_stat_wal where not pg_is_in_recovery())`;

/** The statement for a server of this major version: one row with one column, `facts`. */
export function serverFactsSql(majorVersion: number): string {
  const parts: Record<keyof ServerFacts, string> = {
    ...IDENTITY,
    ...CONFIGURATION,
    ...REPLICATION,
    ...CONTENTS,
    ...SESSIONS,
    databaseLocales: databaseLocales(majorVersion),
    walBytesPerSecond: walRate(majorVersion),
  };
  const columns = Object.entries(parts).map(([name, expression]) => `${expression} as "${name}"`);
  return `with ${COMMON_ROWS}\nselect row_to_json(seen) as facts from (select ${columns.join(',\n')}) seen`;
}
