import { branchesOf, waitsForPerson } from './exit-codes.js';
import type { CommandIo } from './io.js';
import { pause, unlessAborted } from './pause.js';
import { readRunView } from './run-view.js';
import type { RunView } from './run-view.js';
import type { Target } from './target.js';

/** The run stands where somebody has to look: a gate, a parked failure, the end. */
export const isStable = (view: RunView): boolean =>
  view.status !== 'RUNNING' || view.outcome !== undefined || branchesOf(view).some(waitsForPerson);

/**
 * Looks until `enough`, a problem of the run as a whole, the deadline (epoch ms) or an interrupt (undefined);
 * returns the last look.
 */
export async function awaitView(
  { link, cluster }: Target,
  io: CommandIo,
  enough: (view: RunView) => boolean,
  deadline: number,
): Promise<RunView | undefined> {
  for (;;) {
    const view = await unlessAborted(readRunView(link, cluster), io.interrupted);
    if (view === undefined || Date.now() >= deadline || enough(view) || view.problem !== undefined)
      return view;
    await pause(Math.min(300, Math.max(1, deadline - Date.now())), io.interrupted);
  }
}
