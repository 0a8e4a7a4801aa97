import { cancelUpdate } from '../../workflows/contract/messages.js';
import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { printableDeep } from '../render/printable.js';
import { describeRun, requireOpenRun } from '../runs.js';
import type { RunDescription } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import { actor, withTarget } from '../target.js';
import type { Target } from '../target.js';

/** Asks for the end of the run, or of one follower's part, and returns as soon as that is noted. */
export const runCancel = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async (target) => {
    const { link, cluster } = target;
    const run = await describeRun(link, cluster);
    if (options.force) return forced(target, run, options, io);
    requireOpenRun(run, cluster);
    const { follower, reason } = options;
    const input = {
      by: actor(options, io),
      ...(follower === undefined ? {} : { follower }),
      ...(reason === undefined ? {} : { reason }),
    };
    const what = `the cancellation of ${follower ?? cluster}`;
    const { stopping, finishing, undoing } = printableDeep(
      await sendUpdate(link, run, cancelUpdate, { input, what, interrupted: io.interrupted }),
    );
    if (options.json) {
      printJson(io, { stopping, finishing, undoing });
      return EXIT.ok;
    }
    const setUp = run.type === WORKFLOW_TYPES.setUpReplication;
    for (const name of stopping)
      io.print(`${name}: stops; ${setUp ? 'what was made for it is taken back' : 'nothing was moved'}`);
    for (const name of finishing)
      io.print(
        `${name}: ${setUp ? 'is in or past the swap' : 'has begun'} and goes on to its end; nothing is taken back`,
      );
    for (const name of undoing)
      io.print(`${name}: was told so before; what was made for it is being taken back, at most 2 min a host`);
    if (undoing.length > 0) io.note('To end the run and leave what is there: runbook cancel --force');
    if (stopping.length + finishing.length + undoing.length === 0) io.print(`${cluster}: noted`);
    io.note(`See how it ends with: runbook watch ${cluster}`);
    return EXIT.ok;
  });

/** Ends the run itself and nothing else. Needs no worker; nothing is taken back on any host. */
async function forced(
  { cluster }: Target,
  run: RunDescription,
  options: CommandOptions,
  io: CommandIo,
): Promise<number> {
  if (options.follower !== undefined)
    throw commandFailure('USAGE', '--force ends the whole run; it cannot be for one follower', {
      hint: 'Leave --follower out.',
    });
  if (run.status !== 'RUNNING')
    throw commandFailure(
      'RUN_CLOSED',
      `the run of cluster "${cluster}" has ended (${run.status.toLowerCase()})`,
    );
  const typed =
    options.confirm ??
    (io.interactive
      ? await io.ask(`Nothing is taken back on the hosts. Type ${cluster} to end its run all the same: `)
      : undefined);
  if (typed !== cluster)
    throw commandFailure(
      'CONFIRMATION_MISSING',
      'the run was not ended: the name of its cluster was not typed',
      {
        hint: `Type ${cluster}, or give \`--confirm ${cluster}\`.`,
      },
    );
  await run.handle.terminate(options.reason ?? `runbook cancel --force by ${actor(options, io)}`);
  if (options.json) printJson(io, { ended: cluster });
  else
    io.print(
      `${cluster}: the run is ended; what it did on the hosts is left as it is, also a copy that runs`,
    );
  io.note('`runbook start` takes it over and goes on; to take it back, cancel that run.');
  return EXIT.ok;
}
