import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import type { ReversalKind } from '../../workflows/contract/target.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { describeRun } from '../runs.js';
import type { RunDescription } from '../runs.js';
import { actor, withConfig } from '../target.js';
import { runReversal } from './reversal.js';
import { startAndShow } from './start.js';

/**
 * Ends the run where it stands, without taking anything back, and starts it again with this program's steps: it
 * finds on the hosts what is done, and a copy that runs goes on. For a run of another version, or one that is stuck.
 */
export async function runRestart(options: CommandOptions, io: CommandIo): Promise<number> {
  const kind: { found?: ReversalKind } = {};
  const code = await withConfig(options, io, async (target) => {
    const run = await describeRun(target.link, target.cluster);
    if (run.status === 'RUNNING') {
      await run.handle.terminate(`runbook resume --restart by ${actor(options, io)}`);
      io.note(`${target.cluster}: ended where it stood; what it did on the hosts is taken over`);
    }
    const reversal = reversalOf(run);
    if (reversal === undefined) return startAndShow(target, options, io);
    kind.found = reversal;
    return 0;
  });
  return kind.found === undefined ? code : runReversal(kind.found, options, io);
}

function reversalOf({ type }: RunDescription): ReversalKind | undefined {
  if (type === WORKFLOW_TYPES.undoReplacement) return 'undo';
  return type === WORKFLOW_TYPES.purgeReplaced ? 'purge' : undefined;
}
