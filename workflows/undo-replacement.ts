import type { ReversalInput } from './contract/input.js';
import type { RunState } from './contract/run-state.js';
import { reverse } from './reverse.js';
import { step } from './step.js';

/**
 * Puts back what a run has replaced.
 *
 *  1. Survey all hosts, read only: is the former data there, and would nothing be lost?
 *     A follower that was promoted, that commits wait for, or whose former data is not all there, parks.
 *     The gate `undo-replacement` opens for each follower; nothing changes before it is approved.
 *  2. The follower is stopped, its copy moved aside, the former data moved back and its server started.
 *     From here on nothing is taken back and nothing is cancelled.
 *  3. Slot, pg_hba.conf line, role and password file go, and the operation is closed.
 *
 * The copy stays where it was moved to until somebody purges it.
 */
export async function undoReplacement(input: ReversalInput): Promise<RunState> {
  return reverse(input, async (run, follower) => {
    await step(run, follower, 'undoReplacement');
    await step(run, follower, 'withdrawFromLeader');
  });
}
