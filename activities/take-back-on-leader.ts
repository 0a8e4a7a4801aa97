import { claimScript, editFileScript, readPassfileScript } from '../planning/commands/follower-files.js';
import { forgetScript } from '../planning/commands/undo.js';
import { withoutRunbookLine } from '../planning/postgres/hba.js';
import { quoteIdentifier } from '../planning/postgres/names.js';
import { findPgpassPassword } from '../planning/postgres/pgpass.js';
import {
  dropRoleCommands,
  dropSlotCommands,
  leaderHbaRemovalCommands,
} from '../planning/reversal-commands.js';
import { copyApplicationName } from '../planning/step-commands.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { followerAddress } from './address-of.js';
import { StepFailure } from './failures.js';
import { followerGuardOnLeader } from './guards.js';
import type { Host } from './hosts/host.js';
import { leaderSql } from './on-leader.js';
import { matchesVerifier } from './postgres/scram.js';
import { readTextFile } from './read-text-file.js';
import { reloadConfiguration } from './reload.js';
import { runScript } from './run-script.js';
import type { StepContext } from './step.js';

const SENDERS_MS = 20_000;

/** Who takes back: a run on its way out, or an undo. */
type Taker = 'undoFollower' | 'withdrawFromLeader';

/**
 * Takes back on the leader what the follower's operation made there, by its own record: slot, pg_hba.conf line,
 * role. Answers with what could not be taken back, each with the command that does it.
 */
export async function takeBackOnLeader(
  input: StepInput,
  context: StepContext,
  host: Host,
  record: Record<string, string>,
  step: Taker,
): Promise<string[]> {
  const { madeSlot, madeHbaLine, madePassword, madeRole } = record;
  const leftovers: string[] = [];
  if (madeSlot !== undefined) leftovers.push(...(await dropSlot(input, host, context, madeSlot, step)));
  if (madeHbaLine !== undefined) await removeHbaLine(input, host, madeHbaLine, step);
  if (madePassword !== undefined)
    leftovers.push(
      `${host.name}: role ${madePassword} keeps its new password: that of ${input.follower.passfile}`,
    );
  if (madeRole !== undefined) leftovers.push(...(await dropRole(input, host, context, madeRole, step)));
  return leftovers;
}

/** The copy's senders end by themselves once its processes are gone; one that hangs is terminated, and only ours. */
async function dropSlot(
  input: StepInput,
  host: Host,
  context: StepContext,
  slot: string,
  step: Taker,
): Promise<string[]> {
  const guard = followerGuardOnLeader(input, step, dropSlotCommands(slot));
  await runScript(host, claimScript(guard));
  const deadline = Date.now() + SENDERS_MS;
  const dropped = await leaderSql(input, host, async (session) => {
    for (;;) {
      const [row] = await session.query<{ active: boolean }>(
        'select active from pg_replication_slots where slot_name = $1',
        [slot],
      );
      const [ours] = await session.query<{ senders: number }>(
        "select count(*)::int as senders from pg_stat_activity where application_name = $1 and backend_type = 'walsender'",
        [copyApplicationName(input.follower)],
      );
      if (row === undefined) return true;
      if (!row.active && ours?.senders === 0) break;
      if (Date.now() > deadline) return false;
      if (Date.now() > deadline - SENDERS_MS / 2)
        await session.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and backend_type = 'walsender'",
          [copyApplicationName(input.follower)],
        );
      await context.sleep(200);
    }
    await session.query('select pg_drop_replication_slot($1)', [slot]);
    return true;
  });
  if (!dropped)
    return [
      `${host.name}: slot ${slot} is still in use; when it is free: SELECT pg_drop_replication_slot('${slot}')`,
    ];
  await runScript(host, forgetScript(guard, 'madeSlot'));
  return [];
}

async function removeHbaLine(input: StepInput, host: Host, key: string, step: Taker): Promise<void> {
  const file = input.leader.location.hbaFile;
  const { content: former, sha256 } = await readTextFile(host, file);
  const content = withoutRunbookLine(former, key);
  const guard = followerGuardOnLeader(input, step, leaderHbaRemovalCommands(input.leader, key));
  if (content !== former) {
    await runScript(
      host,
      editFileScript(guard, {
        file,
        content,
        expectedSha256: sha256,
        backupName: 'pg_hba.conf',
      }),
    );
    await leaderSql(input, host, (session) => reloadConfiguration(host, session));
  }
  await runScript(host, forgetScript(guard, 'madeHbaLine'));
}

/** Dropped only if it still has the password this operation gave it: else it is no longer only ours. */
async function dropRole(
  input: StepInput,
  host: Host,
  context: StepContext,
  role: string,
  step: Taker,
): Promise<string[]> {
  const { follower, leader, config } = input;
  const passfile = await context.hosts.use(followerAddress(config, follower.name), (onFollower) =>
    runScript(onFollower, readPassfileScript(follower.passfile)),
  );
  const password = findPgpassPassword(passfile.text('content'), {
    host: leader.address,
    port: leader.location.port,
    database: 'replication',
    user: role,
  });
  const guard = followerGuardOnLeader(input, step, dropRoleCommands(role));
  await runScript(host, claimScript(guard));
  const done = await leaderSql(input, host, async (session) => {
    const [row] = await session.query<{ rolpassword: string | null }>(
      'select rolpassword from pg_authid where rolname = $1',
      [role],
    );
    if (row === undefined) return true;
    if (password === undefined || row.rolpassword === null || !matchesVerifier(password, row.rolpassword))
      return false;
    try {
      await session.query(`DROP ROLE ${quoteIdentifier(role)}`);
      return true;
    } catch (error) {
      if (error instanceof StepFailure && error.problem.code === 'POSTGRES_ERROR') return false;
      throw error;
    }
  });
  if (!done)
    return [`${host.name}: role ${role} was left; if nobody uses it: DROP ROLE ${quoteIdentifier(role)}`];
  await runScript(host, forgetScript(guard, 'madeRole'));
  return [];
}
