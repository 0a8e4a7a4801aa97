import type { ReversalKind } from '../../workflows/contract/target.js';
import { configDigest } from '../config/digest.js';
import type { LoadedConfig } from '../config/load-config.js';
import { commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { withConfig } from '../target.js';
import { startAndShow } from './start.js';

/** Starts `undo` or `purge` for the followers of the configuration, or for the one that is named, or attaches. */
export const runReversal = (kind: ReversalKind, options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, (target) =>
    startAndShow({ ...target, config: onlyFollower(target.config, options.follower) }, options, io, kind),
  );

/** With another digest, so that the same command for another follower does not attach to this run. */
function onlyFollower(loaded: LoadedConfig, name: string | undefined): LoadedConfig {
  if (name === undefined) return loaded;
  const followers = loaded.config.followers.filter((follower) => follower.name === name);
  if (followers.length === 0)
    throw commandFailure('USAGE', `${loaded.path} has no follower ${name}`, {
      hint: `Followers: ${loaded.config.followers.map((follower) => follower.name).join(', ')}.`,
    });
  const config = { ...loaded.config, followers };
  return { ...loaded, config, digest: configDigest(config) };
}
