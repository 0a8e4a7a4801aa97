import { claimScript } from '../planning/commands/follower-files.js';
import { copyApplicationName } from '../planning/step-commands.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { followerGuardOnLeader } from './guards.js';
import type { Host, SqlSession } from './hosts/host.js';
import { leaderSql } from './on-leader.js';
import { runScript } from './run-script.js';
import type { StepContext } from './step.js';

const SENDERS = "from pg_stat_activity where application_name = $1 and backend_type = 'walsender'";

/** How many WAL senders of this very copy the leader has. */
export async function countCopySenders(session: SqlSession, { follower }: StepInput): Promise<number> {
  const [row] = await session.query<{ senders: number }>(`select count(*)::int as senders ${SENDERS}`, [
    copyApplicationName(follower),
  ]);
  return row?.senders ?? 0;
}

/** Ends them; the name is this operation's own, so they are nobody else's. */
export async function endCopySenders(session: SqlSession, { follower }: StepInput): Promise<void> {
  await session.query(`select pg_terminate_backend(pid) ${SENDERS}`, [copyApplicationName(follower)]);
}

const ENDED_MS = 10_000;

/**
 * A copy that was killed may leave WAL senders behind, when the network kept the leader from noticing. No job
 * of ours runs when this is called, so nobody is served by them: they only keep the slot from the next copy.
 */
export async function endLeftSenders(input: StepInput, host: Host, context: StepContext): Promise<void> {
  if ((await leaderSql(input, host, (session) => countCopySenders(session, input))) === 0) return;
  const command = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${copyApplicationName(input.follower)}' AND backend_type = 'walsender'`;
  await runScript(host, claimScript(followerGuardOnLeader(input, 'takeBaseBackup', [command])));
  const deadline = Date.now() + ENDED_MS;
  await leaderSql(input, host, async (session) => {
    await endCopySenders(session, input);
    while ((await countCopySenders(session, input)) > 0 && Date.now() < deadline) await context.sleep(200);
  });
}
