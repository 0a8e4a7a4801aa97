import { lookBeforeSwapScript, type OldServerInput } from '../../planning/commands/old-server.js';
import { tablespacesWithout } from '../../planning/linked-directories.js';
import { listed } from '../../planning/shorten.js';
import type { StepInput } from '../../workflows/contract/activities.js';
import type { SwapLook } from '../../workflows/contract/card.js';
import type { FollowerTarget } from '../../workflows/contract/target.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';
import { describeSlot, readSlot, slotGone } from './ensure-slot.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';

/** For the card of `swap-follower`: what the swap would meet now. Reads only, on both sides. */
export async function lookBeforeSwap(input: StepInput, context: StepContext): Promise<SwapLook> {
  const { follower, leader } = input;
  const slot = await onLeader(input, context, (host) =>
    leaderSql(input, host, async (session) => {
      await checkOnLeader(input, host, session);
      return slotUse(session, follower.slotName);
    }),
  );
  const script = lookBeforeSwapScript(
    follower.location.dataDirectory,
    followerFingerprint(leader, follower),
    oldServerOf(input),
  );
  const seen = await context.hosts.use(followerAddress(input.config, follower.name), (host) =>
    runScript(host, script),
  );
  return { at: new Date().toISOString(), ...slot, ...lookOf(seen) };
}

export const oldServerOf = ({ config, follower }: StepInput): OldServerInput => ({
  osUser: follower.location.osUser,
  socketDirectory: follower.location.socketDirectory,
  port: follower.location.port,
  use: follower.use,
  driftWalBytes: config.approval.driftWalBytes,
});

function lookOf({ values, text }: ScriptResult): Omit<SwapLook, 'at' | 'retainedWalBytes' | 'streams'> {
  const { running, sessions, senders, lsn = 'none' } = values;
  return {
    fingerprint: values.fingerprint ?? '',
    fingerprintLines: text('lines').trim().split('\n'),
    ...(running === 'yes'
      ? {
          use: {
            clientSessions: Number(sessions),
            walSenders: Number(senders),
            walLsn: lsn === 'none' ? null : lsn,
          },
        }
      : {}),
    tolerated: running !== 'yes' || values.tolerated === 'yes',
    connected: text('connected')
      .split('\n')
      .filter((line) => line !== ''),
  };
}

async function slotUse(
  session: SqlSession,
  slot: string,
): Promise<Pick<SwapLook, 'retainedWalBytes' | 'streams'>> {
  const [row] = await session.query<{ bytes: number | null; active: boolean }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 as bytes, active
       from pg_replication_slots where slot_name = $1`,
    [slot],
  );
  return { retainedWalBytes: row?.bytes ?? 0, streams: row?.active === true };
}

/**
 * What only the leader knows: that the copy, side by side, can still go on from its slot, which may have lost its
 * WAL while a gate waited, and that no commit there waits for the server that is about to be stopped. Its copy's
 * rehearsal may be such a one too, where `synchronous_standby_names` lets anybody be; the new server takes its
 * place within a second.
 */
export async function checkOnLeader({ follower }: StepInput, host: Host, session: SqlSession): Promise<void> {
  if (follower.class === 'copied') return;
  if (follower.mode === 'side-by-side') {
    const slot = await readSlot(session, follower.slotName);
    if (slot === undefined) throw slotGone(host, follower.slotName);
    describeSlot(host, follower.slotName, slot, follower.clientAddress);
  }
  await checkTablespaces(follower, host, session);
  const waiting = await session.query<{ name: string }>(
    `select application_name as name from pg_stat_replication
      where sync_state in ('sync', 'quorum') and client_addr = $1::inet
        and pid is distinct from (select active_pid from pg_replication_slots where slot_name = $2)`,
    [follower.clientAddress, follower.slotName],
  );
  if (waiting.length > 0)
    throw stepFailure('FOLLOWER_IN_USE', follower.name, `it is a synchronous standby of ${host.name}`, {
      detail: `Commits there would wait for ${waiting.map(({ name }) => name).join(', ')}.`,
      hint: 'Take it out of synchronous_standby_names, then `runbook resume`.',
    });
}

/** Replay stops where a tablespace was made whose directory is not there. */
async function checkTablespaces(
  { name, linked }: FollowerTarget,
  host: Host,
  session: SqlSession,
): Promise<void> {
  const tablespaces = await session.query<{ oid: string; name: string }>(
    "select oid::text, spcname as name from pg_tablespace where spcname not in ('pg_default', 'pg_global')",
  );
  const without = tablespacesWithout(tablespaces, linked);
  if (without.length > 0)
    throw stepFailure('TABLESPACE_ADDED', name, `${host.name} has made tablespaces since the plan was made`, {
      detail: `There is no directory planned for ${listed(without)}.`,
      hint: '`runbook resume --abort`, then start again: a new copy is made with all of them.',
    });
}
