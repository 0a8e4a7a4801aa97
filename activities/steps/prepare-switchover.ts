import { switchoverCommands, switchoverHbaLines } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import { ensureHbaLines } from '../hba-file.js';
import type { StepContext } from '../step.js';

/**
 * Step 15. The follower's own pg_hba.conf lets the others replicate from it, so that roles can be swapped one day:
 * the lines of the plan, for the addresses that were known when it was approved.
 */
export async function prepareSwitchover(input: StepInput, context: StepContext): Promise<StepResult> {
  const { config, leader, follower } = input;
  const others = Object.entries(input.addresses ?? {})
    .filter(([name]) => name !== follower.name && !follower.unknownPeers.includes(name))
    .map(([name, address]) => ({ name, address }));
  const lines = switchoverHbaLines(config, leader, follower, others);
  return context.hosts.use(followerAddress(config, follower.name), async (host) => {
    const changed = await ensureHbaLines(host, {
      file: follower.location.hbaFile,
      endpoint: follower.location,
      lines,
      guard: followerGuard(input, 'prepareSwitchover', switchoverCommands(follower, lines)),
      made: { madeSwitchoverLines: lines.map(({ key }) => key).join(' ') },
    });
    return {
      changed,
      evidence: `pg_hba.conf lets ${lines.map(({ key }) => key).join(', ')} replicate from it`,
    };
  });
}
