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
import type { StepInput } from '../workflows/contract/activities.js';
import { followerAddress } from './address-of.js';
import { dropSlot } from './drop-slot.js';
import { StepFailure } from './failures.js';
import { followerGuardOnLeader } from './guards.js';
import type { Host } from './hosts/host.js';
import { leaderSql } from './on-leader.js';
import { matchesVerifier } from './postgres/scram.js';
import { readTextFile } from './read-text-file.js';
import { reloadConfiguration } from './reload.js';
import { runScript } from './run-script.js';
import type { StepContext } from './step.js';

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
  if (madeSlot !== undefined && !(await dropSlot(input, host, context, { slot: madeSlot, step })))
    leftovers.push(
      `${host.name}: slot ${madeSlot} is still in use; when it is free: ${dropSlotCommands(madeSlot).join('')}`,
    );
  if (madeHbaLine !== undefined) await removeHbaLine(input, host, madeHbaLine, step);
  if (madePassword !== undefined)
    leftovers.push(
      `${host.name}: role ${madePassword} keeps its new password: that of ${input.follower.passfile}`,
    );
  if (madeRole !== undefined) leftovers.push(...(await dropRole(input, host, context, madeRole, step)));
  return leftovers;
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
  const { follower, config } = input;
  const passfile = await context.hosts.use(followerAddress(config, follower.name), (onFollower) =>
    runScript(onFollower, readPassfileScript(follower.passfile)),
  );
  const password = findPgpassPassword(passfile.text('content'), role);
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
