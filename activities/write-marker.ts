import { MARKER_STATEMENT } from '../planning/step-commands.js';
import type { SqlSession } from './hosts/host.js';

/** A message in the WAL: no table, no privilege, invisible to everybody. The LSN is read in a later transaction. */
export async function writeMarker(session: SqlSession, nonce: string): Promise<string> {
  await session.query(MARKER_STATEMENT, [nonce]);
  const [row] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  if (row === undefined) throw new Error('no LSN');
  return row.lsn;
}
