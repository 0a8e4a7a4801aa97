import { exitCodeOf, runExitCode } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { withRates } from '../rate.js';
import { readRunView } from '../run-view.js';
import type { RunView } from '../run-view.js';
import { withTarget } from '../target.js';
import { showView } from './show-view.js';

/** Where the run stands, once. Works without a worker as far as the server itself knows. */
export const runShow = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async (target) => {
    const view = withRates(await readRunView(target.link, target.cluster));
    if (options.json) printJson(io, view);
    else await showView(target, io, view);
    return viewExitCode(view);
  });

/** A problem of the run as a whole outranks where its branches stand; a worker that is away does not. */
export function viewExitCode(view: RunView): number {
  const { problem } = view;
  if (problem?.code === 'RUN_STUCK' || problem?.code === 'RUN_FROM_OTHER_VERSION')
    return exitCodeOf(problem.code);
  if (view.worker === 'absent' && view.status === 'RUNNING' && view.needs.length > 0)
    return exitCodeOf('NO_OPEN_GATE');
  return runExitCode(view, view.status);
}
