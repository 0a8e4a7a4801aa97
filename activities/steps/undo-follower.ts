import { closeJobScript } from '../../planning/commands/job.js';
import {
  claimScript,
  closeRecordScript,
  editFileScript,
  readPassfileScript,
} from '../../planning/commands/follower-files.js';
import { forgetScript, removePassfileScript } from '../../planning/commands/undo.js';
import { withoutRunbookLine } from '../../planning/postgres/hba.js';
import { quoteIdentifier } from '../../planning/postgres/names.js';
import { findPgpassPassword } from '../../planning/postgres/pgpass.js';
import { removeCopyCommands } from '../../planning/step-commands.js';
import type { StepInput, UndoResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { dropSlot } from '../drop-slot.js';
import { StepFailure } from '../failures.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { matchesVerifier } from '../postgres/scram.js';
import { reloadConfiguration } from '../reload.js';
import { readTextFile } from '../read-text-file.js';
import { recordOf } from '../record-of.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { undoRepair } from '../undo-repair.js';

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
    const slot = record.madeSlot;
    if (slot !== undefined && !(await dropSlot(input, host, context, { slot, step: 'undoFollower' })))
      leftovers.push(
        `${host.name}: slot ${slot} is still in use; when it is free: SELECT pg_drop_replication_slot('${slot}')`,
      );
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
