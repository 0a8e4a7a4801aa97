import { closeJobScript } from '../../planning/commands/job.js';
import {
  claimScript,
  closeRecordScript,
  editFileScript,
  readPassfileScript,
  readRecordScript,
} from '../../planning/commands/follower-files.js';
import { forgetScript, removePassfileScript } from '../../planning/commands/undo.js';
import { withoutRunbookLine } from '../../planning/postgres/hba.js';
import { quoteIdentifier } from '../../planning/postgres/names.js';
import { findPgpassPassword } from '../../planning/postgres/pgpass.js';
import { copyApplicationName, removeCopyCommands } from '../../planning/step-commands.js';
import type { StepInput, UndoResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { StepFailure } from '../failures.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { matchesVerifier } from '../postgres/scram.js';
import { reloadConfiguration } from '../reload.js';
import { readTextFile } from '../read-text-file.js';
import { runScript } from '../run-script.js';
import { readRecord } from '../survey/read-record.js';
import type { StepContext } from '../step.js';
import { undoRepair } from '../undo-repair.js';

const SENDERS_MS = 20_000;

/**
 * Takes back what the operation made for one follower, in the order in which things depend on each other:
 * job, its walsenders, slot, incoming directory, pg_hba.conf line, role, password file. Only what the
 * operation's own records say it made. What cannot be taken back is listed with the command that does it.
 */
export async function undoFollower(input: StepInput, context: StepContext): Promise<UndoResult> {
  const leftovers: string[] = [];
  const { follower, leader, config } = input;
  await context.hosts.use(followerAddress(config, follower.name), async (host) => {
    const record = await recordOf(host, follower.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    await runScript(
      host,
      closeJobScript(
        followerGuard(input, 'undoFollower', [
          `systemctl stop pg-runbook-copy-${follower.op.id}-*`,
          ...removeCopyCommands(follower),
        ]),
        follower.location.osUser,
        follower.linked,
      ),
    );
    leftovers.push(...(await undoRepair(input, host, record)));
  });
  await onLeader(input, context, async (host) => {
    const record = await recordOf(host, leader.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    if (record.madeSlot !== undefined) await dropSlot(input, host, context, record.madeSlot, leftovers);
    if (record.madeHbaLine !== undefined) await removeHbaLine(input, host, record.madeHbaLine);
    if (record.madePassword !== undefined)
      leftovers.push(
        `${host.name}: role ${record.madePassword} keeps its new password: that of ${follower.passfile}`,
      );
    if (record.madeRole !== undefined) await dropRole(input, host, context, record.madeRole, leftovers);
    await runScript(host, closeRecordScript(followerGuardOnLeader(input, 'undoFollower', [])));
  });
  await context.hosts.use(followerAddress(config, follower.name), async (host) => {
    const record = await recordOf(host, follower.location.dataDirectory, follower.op.id);
    if (record.op === undefined) return;
    await runScript(
      host,
      removePassfileScript(followerGuard(input, 'undoFollower', [`rm ${follower.passfile}`])),
    );
    await runScript(host, closeRecordScript(followerGuard(input, 'undoFollower', [])));
  });
  return { leftovers };
}

export const recordOf = async (
  host: Host,
  dataDirectory: string,
  op: string,
): Promise<Record<string, string>> =>
  readRecord((await runScript(host, readRecordScript(dataDirectory, op))).text('record'));

/** The copy's senders end by themselves once its processes are gone; one that hangs is terminated, and only ours. */
async function dropSlot(
  input: StepInput,
  host: Host,
  context: StepContext,
  slot: string,
  leftovers: string[],
): Promise<void> {
  const guard = followerGuardOnLeader(input, 'undoFollower', [`SELECT pg_drop_replication_slot('${slot}')`]);
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
  if (dropped) await runScript(host, forgetScript(guard, 'madeSlot'));
  else
    leftovers.push(
      `${host.name}: slot ${slot} is still in use; when it is free: SELECT pg_drop_replication_slot('${slot}')`,
    );
}

async function removeHbaLine(input: StepInput, host: Host, key: string): Promise<void> {
  const file = input.leader.location.hbaFile;
  const { content: former, sha256 } = await readTextFile(host, file);
  const content = withoutRunbookLine(former, key);
  const guard = followerGuardOnLeader(input, 'undoFollower', [
    `${file}: remove the line of ${key}`,
    'SELECT pg_reload_conf()',
  ]);
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
  leftovers: string[],
): Promise<void> {
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
  const guard = followerGuardOnLeader(input, 'undoFollower', [`DROP ROLE ${quoteIdentifier(role)}`]);
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
  if (done) await runScript(host, forgetScript(guard, 'madeRole'));
  else
    leftovers.push(
      `${host.name}: role ${role} was left; if nobody uses it: DROP ROLE ${quoteIdentifier(role)}`,
    );
}
