import { closeRecordScript, sizeScript } from '../../planning/commands/follower-files.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard, followerGuardOnLeader, leaderGuard } from '../guards.js';
import { onLeader } from '../on-leader.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/**
 * Step 16. The leader's records first: the follower's is the one an interrupted run is found by. The leader's
 * own operation ends with the first follower that is done: from then on its settings are needed.
 */
export async function closeOperation(input: StepInput, context: StepContext): Promise<StepResult> {
  const { follower, leader } = input;
  const copied = follower.remedy === 'copy';
  // Book-keeping of ours: nothing of PostgreSQL's changes, so there is no command to show or to note.
  const commands: string[] = [];
  const onTheLeader = await onLeader(input, context, async (host) => {
    await runScript(host, closeRecordScript(leaderGuard(input, 'closeOperation', commands)));
    return runScript(host, closeRecordScript(followerGuardOnLeader(input, 'closeOperation', commands)));
  });
  const { closed, databases, replaced } = await context.hosts.use(
    followerAddress(input.config, follower.name),
    async (host) => ({
      replaced:
        copied && follower.mode === 'side-by-side'
          ? await runScript(host, sizeScript(follower.replacedDirectory))
          : undefined,
      closed: await runScript(host, closeRecordScript(followerGuard(input, 'closeOperation', commands))),
      databases: await host.sql(follower.location, (session) =>
        session.query<{ slots: number }>('select count(*)::int as slots from pg_replication_slots'),
      ),
    }),
  );
  const replacedBytes = Number(replaced?.values.sizeBytes ?? 0);
  const differences = [
    `roles, passwords and databases are the leader's now`,
    `pg_hba.conf and postgresql.conf in ${follower.location.configDirectory} are still its own: check the lines for read clients`,
    ...(databases[0]?.slots === 0 ? ['it has no replication slots: a base backup does not copy them'] : []),
  ];
  return {
    changed: onTheLeader.values.changed === 'yes' || closed.values.changed === 'yes',
    evidence: `operation ${follower.op.id} closed on ${leader.name} and ${follower.name}`,
    // A follower that kept its data is the one it was.
    ...(copied ? { summary: replacedBytes > 0 ? { differences, replacedBytes } : { differences } } : {}),
  };
}
