import type { ReversalKind } from '../../workflows/contract/target.js';
import { awaitView, isStable } from '../await-view.js';
import type { LoadedConfig } from '../config/load-config.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { startRun } from '../start-run.js';
import { actor, withConfig } from '../target.js';
import type { Target } from '../target.js';
import { viewExitCode } from './show.js';
import { showView } from './show-view.js';
import { watchRun } from './watch.js';

/** How long the first stable state is waited for; ms. */
const FIRST_STATE_MS = 10_000;

export const runStart = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, (target) => startAndShow(target, options, io));

export async function startAndShow(
  target: Target & { config: LoadedConfig },
  options: CommandOptions,
  io: CommandIo,
  kind?: ReversalKind,
): Promise<number> {
  const { link, cluster, config } = target;
  const { workflowId, attached } = await startRun(
    link,
    config,
    actor(options, io),
    kind === undefined ? {} : { kind },
  );
  io.note(
    attached
      ? `${cluster}: a run with this configuration is open already`
      : `${cluster}: started as ${workflowId}`,
  );
  if (options.watch) {
    noteUi(target, workflowId, io);
    return watchRun(target, options, io);
  }
  const view = await awaitView(target, io, isStable, Date.now() + FIRST_STATE_MS);
  if (options.json) printJson(io, { cluster, workflowId });
  if (view === undefined) return EXIT.interrupted;
  if (view.problem?.code === 'WORKER_ABSENT') {
    io.note('accepted; no worker has taken it: runbook up');
    noteUi(target, workflowId, io);
    return exitCodeOf('WORKER_ABSENT');
  }
  if (!options.json) await showView(target, io, view);
  noteUi(target, workflowId, io);
  return viewExitCode(view);
}

/** Last of all: an address is longer than a line, and must stay in one piece. */
function noteUi({ link }: Target, workflowId: string, io: CommandIo): void {
  if (link.uiAddress === undefined) return;
  const path = `namespaces/${link.namespace}/workflows/${encodeURIComponent(workflowId)}`;
  io.note(`Temporal UI: ${link.uiAddress}/${path}`);
}
