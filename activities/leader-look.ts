import { walFreeScript } from '../planning/commands/free-space.js';
import type { LeaderLook } from '../planning/copy-watch.js';
import { copyApplicationName } from '../planning/step-commands.js';
import type { CopyPhase, StepInput } from '../workflows/contract/activities.js';
import type { Host } from './hosts/host.js';
import { leaderSql, onLeader } from './on-leader.js';
import { runScript } from './run-script.js';
import type { StepContext } from './step.js';

interface Row {
  phase: string | null;
  total: string | null;
  streamed: string | null;
  slot: boolean;
  wal_status: string | null;
  restart_lsn: string | null;
  retained: string | null;
  /** In MB; -1: unlimited. */
  bound: string;
}

const PHASES: Record<string, CopyPhase> = {
  initializing: 'starting',
  'waiting for checkpoint to finish': 'waiting for checkpoint',
  'estimating backup size': 'waiting for checkpoint',
  'streaming database files': 'copying',
  'waiting for wal archiving to finish': 'waiting for WAL archiving',
  'transferring wal files': 'finalising',
};

const MB = 1024 ** 2;

// pg_basebackup always asks for the size, so its own -P is not needed.
const QUERY = `
select p.phase, p.backup_total::text as total, p.backup_streamed::text as streamed,
       s.slot_name is not null as slot, s.wal_status, s.restart_lsn::text,
       pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::text as retained,
       (select setting from pg_settings where name = 'max_slot_wal_keep_size') as bound
  from (select 1) as one
  left join (pg_stat_progress_basebackup p join pg_stat_activity a using (pid)) on a.application_name = $1
  left join pg_replication_slots s on s.slot_name = $2`;

/** Free space needs a script of its own and changes slowly: it is taken from the look before while that is young. */
export async function lookAtLeader(
  input: StepInput,
  context: StepContext,
  knownFreeBytes: number | undefined,
): Promise<LeaderLook> {
  return onLeader(input, context, async (host) => {
    const [[row], free] = await Promise.all([
      leaderSql(input, host, (session) =>
        session.query<Row>(QUERY, [copyApplicationName(input.follower), input.follower.slotName]),
      ),
      knownFreeBytes ?? freeBytes(host, input),
    ]);
    if (row === undefined) throw new Error('no row of the query about the copy');
    return asLook(row, free);
  });
}

async function freeBytes(host: Host, { leader }: StepInput): Promise<number | undefined> {
  const { values } = await runScript(host, walFreeScript(leader.location.dataDirectory));
  return /^\d+$/.test(values.free ?? '') ? Number(values.free) : undefined;
}

function asLook(row: Row, free: number | undefined): LeaderLook {
  return {
    ...(row.phase === null
      ? {}
      : {
          backup: {
            phase: PHASES[row.phase] ?? 'copying',
            bytesDone: Number(row.streamed),
            bytesTotal: Number(row.total ?? 0),
          },
        }),
    slot: !row.slot ? 'gone' : row.restart_lsn === null || row.wal_status === 'lost' ? 'lost' : 'reserved',
    wal: {
      retainedBytes: Math.max(0, Number(row.retained ?? 0)),
      boundBytes: Number(row.bound) < 0 ? undefined : Number(row.bound) * MB,
      freeBytes: free,
    },
  };
}
