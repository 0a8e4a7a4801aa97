import type { ReversalInput } from './contract/input.js';
import type { RunState } from './contract/run-state.js';
import { reverse } from './reverse.js';
import { step } from './step.js';

/**
 * Removes what runs have replaced and undos have moved aside.
 *
 *  1. Survey all hosts, read only: what is there, and does the follower stream?
 *     The gate `purge-replaced` opens for each follower; nothing changes before it is approved.
 *  2. The follower proves once more that it streams, then the recorded directories are deleted.
 *     From here on nothing is taken back and nothing is cancelled.
 */
export async function purgeReplaced(input: ReversalInput): Promise<RunState> {
  return reverse(input, (run, follower) => step(run, follower, 'purgeReplaced'));
}
