import type { ServerFacts } from '../../planning/facts.js';
import { STANDBY_LIMITS } from '../../planning/postgres/standby-settings.js';
import type { SqlSession } from '../hosts/host.js';
import { serverFactsSql } from './server-facts-sql.js';

/** Those a version does not have are absent from its facts. */
const SETTINGS = [
  ...STANDBY_LIMITS,
  'allow_alter_system',
  'archive_command',
  'archive_library',
  'archive_mode',
  'data_checksums',
  'hot_standby',
  'huge_pages',
  'idle_replication_slot_timeout',
  'listen_addresses',
  'max_replication_slots',
  'max_slot_wal_keep_size',
  'max_wal_size',
  'port',
  'primary_conninfo',
  'primary_slot_name',
  'recovery_min_apply_delay',
  'shared_buffers',
  'shared_preload_libraries',
  'ssl',
  'synchronized_standby_slots',
  'synchronous_standby_names',
  'wal_keep_size',
  'wal_level',
  'wal_log_hints',
  'wal_segment_size',
];

/** All facts of a running server in one statement, so that they are of one moment and cost one round trip. */
export async function serverFacts(session: SqlSession, majorVersion: number): Promise<ServerFacts> {
  const [row] = await session.query<{ facts: ServerFacts }>(serverFactsSql(majorVersion), [SETTINGS]);
  if (row === undefined) throw new Error('the fact query returned no row');
  return row.facts;
}
