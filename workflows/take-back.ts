import { ActivityFailure } from '@temporalio/workflow';
import type { UndoResult } from './contract/activities.js';
import { decodeFailure } from './decode-failure.js';
import { dispatch } from './run.js';
import type { Branch, Run } from './run.js';

/** Runs a compensation. It never parks: what cannot be taken back is listed, and the run ends. */
export async function takeBack(run: Run, branch: Branch, undo: () => Promise<UndoResult>): Promise<void> {
  dispatch(run, { type: 'branchPhase', branch: branch.name, phase: 'undoing' });
  const { leftovers } = await undo().catch((error: unknown): UndoResult => {
    if (!(error instanceof ActivityFailure)) throw error;
    const { problem } = decodeFailure(error);
    const why = [problem.message, problem.detail].filter((line) => line !== undefined).join(': ');
    return {
      leftovers: [
        `not taken back (${why}); \`runbook start\` finds the operation on the host and goes on with it`,
      ],
    };
  });
  if (leftovers.length > 0) dispatch(run, { type: 'leftovers', branch: branch.name, lines: leftovers });
}
