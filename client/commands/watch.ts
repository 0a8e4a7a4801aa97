import { EXIT, exitCodeOf } from '../exit-codes.js';
import { CommandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { pause, unlessAborted } from '../pause.js';
import { withRates } from '../rate.js';
import { eventLines } from '../render/events.js';
import { renderProblem } from '../render/problem.js';
import { renderRun } from '../render/run.js';
import { readRunView } from '../run-view.js';
import type { RunView } from '../run-view.js';
import { withTarget } from '../target.js';
import type { Target } from '../target.js';
import { asCommandFailure } from '../temporal-errors.js';
import { approveCards } from './approve.js';
import { undecided } from './decide.js';
import { viewExitCode } from './show.js';
import { openGatesOf } from './show-view.js';

const INTERVAL_MS = 1_000;

export const runWatch = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, (target) => watchRun(target, options, io));

/** Follows the run to its end. Whatever happens to this command, the run goes on. */
export async function watchRun(target: Target, options: CommandOptions, io: CommandIo): Promise<number> {
  const show = options.json ? jsonLines(io) : io.interactive ? liveView(target, options, io) : textLines(io);
  while (!io.interrupted.aborted) {
    const seen = await unlessAborted(readRunView(target.link, target.cluster), io.interrupted);
    if (seen === undefined) break;
    const view = withRates(seen);
    await show(view);
    if (isOver(view)) {
      io.settle();
      return viewExitCode(view);
    }
    await pause(INTERVAL_MS, io.interrupted);
  }
  io.settle();
  io.note(`The run goes on. Back to it with: runbook watch ${target.cluster}`);
  return EXIT.interrupted;
}

/** Ended, or nothing that could happen any more without somebody's help on the worker. */
const isOver = (view: RunView): boolean =>
  view.outcome !== undefined ||
  view.status !== 'RUNNING' ||
  (view.problem !== undefined && exitCodeOf(view.problem.code) !== EXIT.unreachable);

type Show = (view: RunView) => Promise<void>;

function jsonLines(io: CommandIo): Show {
  let former = '';
  return (view) => {
    // The time of looking alone is no news.
    const now = JSON.stringify(view, (key, value: unknown) =>
      key === 'at' || key === 'ageMs' ? undefined : value,
    );
    if (now !== former) printJson(io, view);
    former = now;
    return Promise.resolve();
  };
}

function textLines(io: CommandIo): Show {
  let former: RunView | undefined;
  return (view) => {
    for (const line of eventLines(former, view)) io.print(line);
    former = view;
    return Promise.resolve();
  };
}

/** One picture that changes in place. An open gate is offered once for each opening of it. */
function liveView(target: Target, options: CommandOptions, io: CommandIo): Show {
  const offered = new Set<string>();
  return async (view) => {
    io.live(renderRun(view, io.style));
    const fresh = openGatesOf(view).filter(({ token }) => !offered.has(token));
    if (fresh.length === 0 || view.worker === 'absent') return;
    io.settle();
    await offer(target, options, io, offered);
  };
}

/** Only cards that were not shown yet; after a failure at one of them the next look offers the rest. */
async function offer(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  offered: Set<string>,
): Promise<void> {
  try {
    const open = await undecided(target, options);
    const gates = open.gates.filter(({ token }) => !offered.has(token));
    await approveCards(target, options, io, { ...open, gates }, ({ token }) => offered.add(token));
  } catch (error) {
    const known = asCommandFailure(error);
    if (!(known instanceof CommandFailure)) throw error;
    io.note(renderProblem(known.problem, io.style));
  }
}
