import { holdUpdate, releaseUpdate } from '../../workflows/contract/messages.js';
import type { HoldInput } from '../../workflows/contract/messages.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { printableDeep } from '../render/printable.js';
import { describeRun, requireOpenRun } from '../runs.js';
import type { RunDescription } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import { actor, withTarget } from '../target.js';
import type { Target } from '../target.js';

/** Has the run, or one follower's part of it, begin no new step. */
export const runHold = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withOpenRun(options, io, async ({ link, cluster }, run, input) => {
    const what = `the hold of ${input.follower ?? cluster}`;
    const answer = printableDeep(
      await sendUpdate(link, run, holdUpdate, { input, what, interrupted: io.interrupted }),
    );
    if (options.json) printJson(io, answer);
    else {
      for (const name of answer.held) io.print(`${name}: held; what runs goes on to its end, a copy too`);
      for (const name of answer.finishing) io.print(`${name}: in or past the swap, and goes on to its end`);
      if (answer.held.length > 0) io.note(`Let it go on with: runbook release ${cluster}`);
    }
  });

export const runRelease = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withOpenRun(options, io, async ({ link, cluster }, run, input) => {
    const what = `the release of ${input.follower ?? cluster}`;
    const released = printableDeep(
      await sendUpdate(link, run, releaseUpdate, { input, what, interrupted: io.interrupted }),
    );
    if (options.json) printJson(io, { released });
    else if (released.length === 0) io.print(`${input.follower ?? cluster}: was not held`);
    else for (const name of released) io.print(`${name}: goes on`);
  });

const withOpenRun = (
  options: CommandOptions,
  io: CommandIo,
  work: (target: Target, run: RunDescription, input: HoldInput) => Promise<void>,
): Promise<number> =>
  withTarget(options, io, async (target) => {
    const run = await describeRun(target.link, target.cluster);
    requireOpenRun(run, target.cluster);
    const { follower, reason } = options;
    await work(target, run, {
      by: actor(options, io),
      ...(follower === undefined ? {} : { follower }),
      ...(reason === undefined ? {} : { reason }),
    });
    return EXIT.ok;
  });
