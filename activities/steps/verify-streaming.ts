import { randomUUID } from 'node:crypto';
import { formatDuration } from '../../planning/format.js';
import { compareLsn } from '../../planning/postgres/lsn.js';
import { claimScript } from '../../planning/commands/follower-files.js';
import {
  MARKER_STATEMENT,
  RECORD_WOULD_BE_NOTICED,
  recordStatements,
  streamingCommands,
} from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuardOnLeader } from '../guards.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/** Replay may lag behind a query on the follower by max_standby_streaming_delay (30 s); and 30 s on top. */
const REPLAY_MS = 60_000;

/**
 * Step 14. `state = streaming` proves nothing; that a marker written now on the leader is replayed on the
 * follower does. Where nobody would notice, a row is written and read back as well: the test of the manual procedure.
 */
export async function verifyStreaming(input: StepInput, context: StepContext): Promise<StepResult> {
  const nonce = randomUUID();
  return onLeader(input, context, (leaderHost) =>
    context.hosts.use(followerAddress(input.config, input.follower.name), async (followerHost) => {
      const recorded = await leaderSql(input, leaderHost, (session) => writesRecord(input, session));
      const guard = followerGuardOnLeader(
        input,
        'verifyStreaming',
        streamingCommands(input.follower, recorded),
      );
      await runScript(leaderHost, claimScript(guard));
      const marker = await leaderSql(input, leaderHost, (session) => writeMarker(session, nonce));
      const delay = await awaitReplay(input, context, { leaderHost, followerHost }, marker);
      if (delay > 0)
        return {
          changed: false,
          evidence: `marker ${marker} received, slot ${input.follower.slotName} active; it replays ${formatDuration(delay)} late, by its recovery_min_apply_delay`,
        };
      const record = recorded
        ? await testRecord(input, context, { leaderHost, followerHost }, nonce)
        : undefined;
      return {
        changed: recorded,
        evidence: `marker ${marker} replayed, slot ${input.follower.slotName} active; ${record ?? 'no record was written: a publication or event trigger would have noticed'}`,
      };
    }),
  );
}

interface Pair {
  leaderHost: Host;
  followerHost: Host;
}

/** A message in the WAL: no table, no privilege, invisible to everybody. The LSN is read in a later transaction. */
async function writeMarker(session: SqlSession, nonce: string): Promise<string> {
  await session.query(MARKER_STATEMENT, [nonce]);
  const [row] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  if (row === undefined) throw new Error('no LSN');
  return row.lsn;
}

interface FollowerRow {
  recovery: boolean;
  replay: string | null;
  receive: string | null;
  receiver: string | null;
  timeline: number | null;
  /** `recovery_min_apply_delay` in ms; such a follower replays late by intent. */
  delay: number;
}

interface LeaderRow {
  senders: number;
  state: string | null;
  slot_active: boolean | null;
  wal_status: string | null;
}

/** Waits until the marker is replayed, or received where the follower replays late; answers with its delay in ms. */
async function awaitReplay(
  input: StepInput,
  context: StepContext,
  { leaderHost, followerHost }: Pair,
  marker: string,
): Promise<number> {
  const deadline = Date.now() + REPLAY_MS;
  return followerHost.sql(input.follower.location, (onFollower) =>
    leaderSql(input, leaderHost, async (onTheLeader) => {
      for (;;) {
        const [follower] = await onFollower.query<FollowerRow>(
          `select pg_is_in_recovery() as recovery, pg_last_wal_replay_lsn()::text as replay, pg_last_wal_receive_lsn()::text as receive,
                  (select status from pg_stat_wal_receiver) as receiver, (select received_tli from pg_stat_wal_receiver) as timeline,
                  (select setting::float8 from pg_settings where name = 'recovery_min_apply_delay') as delay`,
        );
        const [leader] = await onTheLeader.query<LeaderRow>(
          `select count(r.pid)::int as senders, max(r.state) as state, bool_or(s.active) as slot_active, max(s.wal_status) as wal_status
             from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid where s.slot_name = $1`,
          [input.follower.slotName],
        );
        const faults = faultsOf(input, follower, leader, marker);
        if (faults.length === 0) return follower?.delay ?? 0;
        if (Date.now() > deadline) throw verdict(input, follower, marker, faults);
        await context.sleep(100);
      }
    }),
  );
}

function faultsOf(
  { leader: { identity } }: StepInput,
  follower: FollowerRow | undefined,
  leader: LeaderRow | undefined,
  marker: string,
): string[] {
  return [
    ...(follower?.recovery === true ? [] : ['it is not in recovery']),
    ...(follower?.receiver === 'streaming'
      ? []
      : [`its WAL receiver is ${follower?.receiver ?? 'not running'}`]),
    ...(follower?.timeline === identity.timeline
      ? []
      : [`it receives timeline ${String(follower?.timeline)}`]),
    ...(hasReached(follower, marker)
      ? []
      : [`it has replayed ${follower?.replay ?? 'nothing'} of ${marker}`]),
    ...(leader?.slot_active === true && leader.wal_status !== 'lost'
      ? []
      : ['its slot on the leader is not active']),
    ...(leader?.senders === 1 && leader.state === 'streaming'
      ? []
      : [`the leader's WAL sender is ${leader?.state ?? 'not there'}`]),
  ];
}

const hasReached = (follower: FollowerRow | undefined, marker: string): boolean => {
  const reached = (follower?.delay ?? 0) > 0 ? follower?.receive : follower?.replay;
  return reached != null && compareLsn(reached, marker) >= 0;
};

function verdict(
  { follower: { name } }: StepInput,
  seen: FollowerRow | undefined,
  marker: string,
  faults: string[],
): Error {
  const received = seen?.receive != null && compareLsn(seen.receive, marker) >= 0;
  return received
    ? stepFailure('NOT_REPLAYING', name, 'it receives WAL but does not replay it', {
        detail: faults.join('; '),
        hint: 'Look for a long query, a paused replay or recovery_min_apply_delay there, then resume.',
      })
    : stepFailure('NOT_STREAMING', name, 'it does not stream from the leader', {
        detail: faults.join('; '),
        hint: 'Look at its log, then resume.',
      });
}

/** No record that the card does not have, and none that somebody would notice by now. */
async function writesRecord({ leader }: StepInput, session: SqlSession): Promise<boolean> {
  if (leader.noRecord === true) return false;
  const [row] = await session.query<{ noticed: boolean }>(`select ${RECORD_WOULD_BE_NOTICED} as noticed`);
  return row?.noticed === false;
}

/** Writes a row on the leader and reads it on the follower, in a schema of its own that is dropped again in this step. */
async function testRecord(
  input: StepInput,
  context: StepContext,
  { leaderHost, followerHost }: Pair,
  nonce: string,
): Promise<string> {
  const { createSchema, createTable, insert, select, drop } = recordStatements(input.follower);
  const written = await leaderSql(input, leaderHost, async (session) => {
    await session.query(drop); // what an attempt that was cut off has left
    await session.query(createSchema);
    await session.query(createTable);
    await session.query(insert, [nonce]);
    const [row] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return row?.lsn ?? '0/0';
  });
  try {
    await awaitReplay(input, context, { leaderHost, followerHost }, written);
    const read = await followerHost.sql(input.follower.location, (session) =>
      session.query<{ nonce: string }>(select),
    );
    if (read[0]?.nonce !== nonce)
      throw stepFailure(
        'NOT_REPLAYING',
        input.follower.name,
        'the record written on the leader was not read on the follower',
        { detail: `read: ${JSON.stringify(read)}` },
      );
    return 'a record written on the leader was read on the follower';
  } finally {
    await leaderSql(input, leaderHost, (session) => session.query(drop));
  }
}
