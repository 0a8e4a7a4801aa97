import { switchoverCommands, switchoverHbaLines } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { addressOf, followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import { ensureHbaLines } from '../hba-file.js';
import { sourceAddressScript } from '../../planning/commands/survey.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/** Step 15. The follower's own pg_hba.conf lets the others replicate from it, so that roles can be swapped one day. */
export async function prepareSwitchover(input: StepInput, context: StepContext): Promise<StepResult> {
  const { config, leader, follower } = input;
  const lines = switchoverHbaLines(config, leader, follower, await otherFollowers(input, context));
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

/** As seen from the network: configured, or the source address of their own route to the leader. */
function otherFollowers(
  { config, follower }: StepInput,
  context: StepContext,
): Promise<{ name: string; address: string }[]> {
  const others = config.followers.filter(({ name }) => name !== follower.name);
  return Promise.all(
    others.map(async (other) => {
      if (other.address !== undefined) return { name: other.name, address: other.address };
      const { values } = await context.hosts.use(addressOf(config, other), (host) =>
        runScript(host, sourceAddressScript(config.leader.address)),
      );
      return { name: other.name, address: values.sourceAddress ?? '' };
    }),
  );
}
