import { reconfigureUpdate } from '../../workflows/contract/messages.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { printableDeep } from '../render/printable.js';
import type { RunDescription } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import { actor } from '../target.js';
import type { Target } from '../target.js';

/** Gives an open run another configuration. @throws CONFIG_FIXED for one of other hosts */
export async function reconfigureRun(
  { link }: Target,
  run: RunDescription,
  { config, digest, path }: LoadedConfig,
  options: CommandOptions,
  io: CommandIo,
): Promise<void> {
  const input = { config, configDigest: digest, by: actor(options, io) };
  const what = `the configuration ${path}`;
  const { replanning, finishing } = printableDeep(
    await sendUpdate(link, run, reconfigureUpdate, { input, what, interrupted: io.interrupted }),
  );
  for (const name of replanning)
    io.note(`${name}: planned again with ${path}; a step that runs ends first, then its gates open again`);
  for (const name of finishing) io.note(`${name}: in or past the swap, and goes on as it was planned`);
}
