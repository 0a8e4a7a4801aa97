import { hbaCommands, leaderHbaLine } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerGuardOnLeader } from '../guards.js';
import { ensureHbaLines } from '../hba-file.js';
import { leaderSql, onLeader } from '../on-leader.js';
import type { StepContext } from '../step.js';

/** Step 4. One line for this follower, in the block of ours, placed where it wins; then a reload. */
export async function ensureLeaderHbaRule(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  return onLeader(input, context, async (host) => {
    await leaderSql(input, host, () => Promise.resolve());
    const changed = await ensureHbaLines(host, {
      file: leader.location.hbaFile,
      endpoint: leader.location,
      lines: [leaderHbaLine(leader, follower)],
      guard: followerGuardOnLeader(input, 'ensureLeaderHbaRule', hbaCommands(leader, follower)),
      made: { madeHbaLine: follower.name },
    });
    return {
      changed,
      evidence: `first match for ${follower.role} from ${follower.clientAddress} is our line`,
    };
  });
}
