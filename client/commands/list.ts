import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import { listRuns } from '../list-runs.js';
import type { ListedRun } from '../list-runs.js';
import type { CommandOptions } from '../options.js';
import { formatTable } from '../render/layout.js';
import { dateTime } from '../render/time.js';
import { OUTCOME_NAMES, RUN_WORDS } from '../render/words.js';
import { withServer } from '../target.js';

/** The runs of the namespace, those that are open first. Needs the server only. */
export const runList = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withServer(options, io, async (link) => {
    const runs = await listRuns(link, { all: options.all === true });
    if (options.json) printJson(io, runs);
    else if (runs.length === 0) io.print(`no runs at ${link.address}, namespace ${link.namespace}`);
    else io.print(table(runs).join('\n'));
    return EXIT.ok;
  });

const table = (runs: readonly ListedRun[]): string[] =>
  formatTable([
    ['CLUSTER', 'KIND', 'STATE', 'STARTED', 'WAITS FOR'],
    ...runs.map((run) => [
      run.cluster,
      run.kind,
      stateOf(run),
      dateTime(run.startedAt),
      run.needs.join(', '),
    ]),
  ]);

function stateOf({ status, phase, outcome }: ListedRun): string {
  if (status === 'RUNNING') return wordOf(RUN_WORDS, phase) ?? 'open';
  return wordOf(OUTCOME_NAMES, outcome) ?? status.toLowerCase();
}

const wordOf = (words: Record<string, string>, key: string | undefined): string | undefined =>
  key === undefined ? undefined : words[key];
