import { takeOverScript } from '../../planning/commands/take-over.js';
import type { StepResult, TakeOverInput } from '../../workflows/contract/activities.js';
import { followerAddress, leaderAddress } from '../address-of.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/** A person has decided that the holder is gone for good. Once more it finds nothing of the holder's left. */
export async function takeOver(input: TakeOverInput, context: StepContext): Promise<StepResult> {
  const { config, host: name, holder } = input;
  const address = name === config.leader.name ? leaderAddress(config) : followerAddress(config, name);
  const { values } = await context.hosts.use(address, (host) => runScript(host, takeOverScript(input)));
  const taken = (values.taken ?? '').trim();
  return {
    changed: taken !== '',
    evidence:
      taken === ''
        ? `${name}: nothing of ${holder.workflowId} is open there`
        : `${name}: operation ${taken.replaceAll(' ', ', ')} taken over from ${holder.workflowId}`,
  };
}
