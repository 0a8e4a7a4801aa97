import { cancelUpdate } from '../../workflows/contract/messages.js';
import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { printableDeep } from '../render/printable.js';
import { describeRun, requireOpenRun } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import { actor, withTarget } from '../target.js';

/** Asks for the end of the run, or of one follower's part, and returns as soon as that is noted. */
export const runCancel = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async ({ link, cluster }) => {
    const run = await describeRun(link, cluster);
    requireOpenRun(run, cluster);
    const { follower, reason } = options;
    const input = {
      by: actor(options, io),
      ...(follower === undefined ? {} : { follower }),
      ...(reason === undefined ? {} : { reason }),
    };
    const what = `the cancellation of ${follower ?? cluster}`;
    const { stopping, finishing } = printableDeep(
      await sendUpdate(link, run, cancelUpdate, { input, what, interrupted: io.interrupted }),
    );
    if (options.json) {
      printJson(io, { stopping, finishing });
      return EXIT.ok;
    }
    const setUp = run.type === WORKFLOW_TYPES.setUpReplication;
    for (const name of stopping)
      io.print(`${name}: stops; ${setUp ? 'what was made for it is taken back' : 'nothing was moved'}`);
    for (const name of finishing)
      io.print(
        `${name}: ${setUp ? 'is in or past the swap' : 'has begun'} and goes on to its end; nothing is taken back`,
      );
    if (stopping.length + finishing.length === 0) io.print(`${cluster}: noted`);
    io.note(`See how it ends with: runbook watch ${cluster}`);
    return EXIT.ok;
  });
