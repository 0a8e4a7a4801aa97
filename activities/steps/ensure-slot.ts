import { claimScript } from '../../planning/commands/follower-files.js';
import { slotCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { windowText } from '../../workflows/contract/time-window.js';
import { followerAddress } from '../address-of.js';
import { jobStatus } from '../copy-job.js';
import { stepFailure, type StepFailure } from '../failures.js';
import { followerGuardOnLeader } from '../guards.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { mayBegin } from '../may-begin.js';
import { leaderSql, onLeader, underAdvisoryLock } from '../on-leader.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

export interface SlotRow {
  slot_type: string;
  temporary: boolean;
  /** The walsender's, where one uses the slot. */
  active_pid: number | null;
  /** Null also for one on the leader itself, through its socket. */
  client_address: string | null;
  application_name: string | null;
  wal_status: string | null;
  restart_lsn: string | null;
}

/**
 * Step 7. Right before the copy, because a slot that waits fills the leader's disk; in a step of its own,
 * because a slot that pg_basebackup makes comes too late for its first segment.
 */
export async function ensureSlot(input: StepInput, context: StepContext): Promise<StepResult> {
  const { slotName, clientAddress } = input.follower;
  return onLeader(input, context, async (host) => {
    const found = await leaderSql(input, host, (session) => readSlot(session, slotName));
    if (found !== undefined)
      return { changed: false, evidence: describeSlot(host, slotName, found, clientAddress) };
    await refuseBesideCopy(input, context, host);
    refuseOutsideWindow(input);
    await runScript(
      host,
      claimScript(followerGuardOnLeader(input, 'ensureSlot', slotCommands(input.follower)), {
        madeSlot: slotName,
      }),
    );
    const made = await leaderSql(input, host, async (session) => {
      await refuseUnbounded(input, host, session);
      return underAdvisoryLock(session, input.config.cluster, async () => {
        if ((await readSlot(session, slotName)) === undefined)
          await session.query('select pg_create_physical_replication_slot($1, true)', [slotName]);
        return readSlot(session, slotName);
      });
    });
    if (made === undefined)
      throw stepFailure('SLOT_CONFLICT', host.name, `slot ${slotName} is not there after it was made`);
    return { changed: true, evidence: describeSlot(host, slotName, made, clientAddress) };
  });
}

/** With its slot a copy begins. */
function refuseOutsideWindow({ config, follower }: StepInput): void {
  const window =
    follower.remedy === 'copy' && follower.mode === 'side-by-side' ? config.copy.beginWindow : undefined;
  if (window === undefined || mayBegin(window, Date.now())) return;
  throw stepFailure('WINDOW_CLOSED', follower.name, `its copy begins only within ${windowText(window)}`, {
    detail: `The worker's clock says ${new Date().toISOString()}.`,
  });
}

/** A slot made now does not hold the WAL written since a copy that is there already. */
export async function refuseBesideCopy(
  input: StepInput,
  { hosts }: StepContext,
  leader: Host,
): Promise<void> {
  const { name, slotName } = input.follower;
  const { state, copied, swapped } = await hosts.use(followerAddress(input.config, name), (host) =>
    jobStatus(input, host),
  );
  const isThere = state === 'running' || (copied && state !== 'closed');
  if (swapped || !isThere) return;
  throw slotGone(leader, slotName);
}

/** The copy cannot follow on from where it ends. */
export const slotGone = (leader: Host, slotName: string): StepFailure =>
  stepFailure('SLOT_LOST', leader.name, `slot ${slotName} is gone, and with it the WAL the copy needs`, {
    hint: 'Find out who dropped it. Then abort, and start again.',
  });

export async function readSlot(session: SqlSession, name: string): Promise<SlotRow | undefined> {
  const [row] = await session.query<SlotRow>(
    `select slot_type, temporary, active_pid, wal_status, restart_lsn::text, host(client_addr) as client_address, application_name
       from pg_replication_slots left join pg_stat_replication on pid = active_pid where slot_name = $1`,
    [name],
  );
  return row;
}

/** The bound was there when the plan was made; somebody may have taken it away since. */
async function refuseUnbounded({ config }: StepInput, host: Host, session: SqlSession): Promise<void> {
  if (config.replication.acceptUnboundedSlot) return;
  const [row] = await session.query<{ bound: string }>(
    "select setting as bound from pg_settings where name = 'max_slot_wal_keep_size'",
  );
  if (row?.bound !== '-1') return;
  throw stepFailure('SLOT_UNBOUNDED', host.name, 'max_slot_wal_keep_size is unlimited', {
    hint: 'Set it, or accept it with `replication.acceptUnboundedSlot: true`.',
  });
}

/** @throws SLOT_CONFLICT, SLOT_LOST where a follower could not begin from it */
export function describeSlot(host: Host, name: string, row: SlotRow, clientAddress: string): string {
  if (row.slot_type !== 'physical' || row.temporary)
    throw stepFailure(
      'SLOT_CONFLICT',
      host.name,
      `slot ${name} exists and is not a persistent physical slot`,
      { hint: 'Look at pg_replication_slots.' },
    );
  const used = slotInUse(host, name, row, clientAddress);
  if (used !== undefined) throw used;
  if (row.restart_lsn === null || row.wal_status === 'lost')
    throw stepFailure(
      'SLOT_LOST',
      host.name,
      `slot ${name} has lost WAL (${row.wal_status ?? 'nothing reserved'})`,
      {
        hint: 'Cancel, raise `replication.slotWalLimit`, and start again.',
      },
    );
  return `slot ${name} reserves WAL from ${row.restart_lsn} (${row.wal_status ?? 'reserved'})`;
}

/** Used by anybody but the follower: no copy and no standby can be served from it. */
export function slotInUse(
  host: Host,
  name: string,
  row: SlotRow,
  clientAddress: string,
): StepFailure | undefined {
  if (row.active_pid === null || row.client_address === clientAddress) return undefined;
  return stepFailure('SLOT_CONFLICT', host.name, `slot ${name} is in use, and not by ${clientAddress}`, {
    detail: `By ${row.application_name ?? '?'} from ${row.client_address ?? 'this host'}, process ${String(row.active_pid)}.`,
    hint: 'End it where it runs; then `runbook resume`.',
  });
}
