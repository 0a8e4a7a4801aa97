import { parseDuration } from '../config/duration.js';
import { branchesOf, EXIT, exitCodeOf, waitsForPerson } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { pause, unlessAborted } from '../pause.js';
import { readRunView } from '../run-view.js';
import type { RunView } from '../run-view.js';
import { withTarget } from '../target.js';
import type { Target } from '../target.js';
import { viewExitCode } from './show.js';

/** For scripts: returns when somebody has to decide (0), or when the run has ended (as it ended). */
export function runWait(options: CommandOptions, io: CommandIo): Promise<number> {
  const wanted = options.for ?? 'closed';
  const timeout = timeoutMs(options.timeout);
  return withTarget(options, io, async (target) => {
    const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout;
    const view = await until(target, io, wanted, deadline);
    if (view === undefined) {
      if (io.interrupted.aborted) return EXIT.interrupted;
      throw commandFailure(
        'TIMED_OUT',
        `${target.cluster}: not ${wanted === 'gate' ? 'at a gate' : 'closed'} within ${options.timeout ?? ''}`,
      );
    }
    if (options.json) printJson(io, view);
    const code = isClosed(view) || view.problem !== undefined ? viewExitCode(view) : EXIT.ok;
    if (!options.json)
      io.print(`${target.cluster}: ${view.outcome ?? (view.needs.join(', ') || view.phase)}`);
    return code;
  });
}

const INTERVAL_MS = 1_000;

/** A worker that is away may come back: that ends no waiting. A run that is stuck does. */
async function until(
  { link, cluster }: Target,
  io: CommandIo,
  wanted: 'gate' | 'closed',
  deadline: number,
): Promise<RunView | undefined> {
  while (!io.interrupted.aborted) {
    const view = await unlessAborted(readRunView(link, cluster), io.interrupted);
    if (view === undefined) break;
    if (isClosed(view) || (wanted === 'gate' && needsSomebody(view))) return view;
    if (view.problem !== undefined && exitCodeOf(view.problem.code) !== EXIT.unreachable) return view;
    const left = deadline - Date.now();
    if (left <= 0) return undefined;
    await pause(Math.min(INTERVAL_MS, left), io.interrupted);
  }
  return undefined;
}

const isClosed = (view: RunView): boolean => view.outcome !== undefined || view.status !== 'RUNNING';

const needsSomebody = (view: RunView): boolean =>
  view.needs.length > 0 || branchesOf(view).some(waitsForPerson);

function timeoutMs(text: string | undefined): number | undefined {
  const ms = parseDuration(text);
  if (text === undefined || ms !== undefined) return ms;
  throw commandFailure('USAGE', `--timeout: "${text}" is not a time`, {
    hint: 'Give a number with a unit, such as 30s, 10m or 2h.',
  });
}
