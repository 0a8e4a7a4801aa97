import { compareLsn } from '../planning/postgres/lsn.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { stepFailure } from './failures.js';
import type { Host, SqlEndpoint } from './hosts/host.js';
import { leaderSql } from './on-leader.js';
import type { StepContext } from './step.js';

/** How long its replay may stand still, where queries may hold it up: max_standby_streaming_delay (30 s), and 30 s on top. */
const STILL_MS = 60_000;

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

/** The two servers, and the follower's socket: its own, or that of the copy's rehearsal. */
export interface ReplayPair {
  leaderHost: Host;
  followerHost: Host;
  endpoint: SqlEndpoint;
}

/** Where the follower stands, for who waits with it. */
export interface Replayed {
  replay: string | null;
  receive: string | null;
}

/** How somebody waits: what is told meanwhile, and for how long replay may stand still, streaming or not. */
export interface Waiting {
  tell?: (seen: Replayed) => void;
  stillMs?: (streams: boolean) => number;
}

/**
 * Waits until the marker is replayed, or received where the follower replays late; answers with its delay in ms.
 * Slow is no failure: only a follower that replays nothing more for `stillMs` is one.
 */
export async function awaitReplay(
  input: StepInput,
  context: StepContext,
  { leaderHost, followerHost, endpoint }: ReplayPair,
  marker: string,
  { tell = () => undefined, stillMs = () => STILL_MS }: Waiting = {},
): Promise<{ delay: number }> {
  let moved = { at: Date.now(), replay: '' };
  return followerHost.sql(endpoint, (onFollower) =>
    leaderSql(input, leaderHost, async (onTheLeader) => {
      for (;;) {
        const [follower] = await onFollower.query<FollowerRow>(FOLLOWER_SQL);
        const [leader] = await onTheLeader.query<LeaderRow>(LEADER_SQL, [input.follower.slotName]);
        const faults = faultsOf(input, follower, leader, marker);
        if (faults.length === 0) return { delay: follower?.delay ?? 0 };
        if (follower !== undefined) tell(follower);
        const replay = follower?.replay ?? '';
        if (replay !== moved.replay) moved = { at: Date.now(), replay };
        if (Date.now() - moved.at > stillMs(follower?.receiver === 'streaming'))
          throw verdict(input, follower, marker, faults);
        await context.sleep(100);
      }
    }),
  );
}

const FOLLOWER_SQL = `select pg_is_in_recovery() as recovery, pg_last_wal_replay_lsn()::text as replay, pg_last_wal_receive_lsn()::text as receive,
  (select status from pg_stat_wal_receiver) as receiver, (select received_tli from pg_stat_wal_receiver) as timeline,
  (select setting::float8 from pg_settings where name = 'recovery_min_apply_delay') as delay`;

const LEADER_SQL = `select count(r.pid)::int as senders, max(r.state) as state, bool_or(s.active) as slot_active, max(s.wal_status) as wal_status
  from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid where s.slot_name = $1`;

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
