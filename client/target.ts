import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { loadConfig } from './config/load-config.js';
import type { LoadedConfig } from './config/load-config.js';
import { connectTemporal } from './connection.js';
import type { TemporalLink } from './connection.js';
import { commandFailure } from './failure.js';
import type { CommandIo } from './io.js';
import type { CommandOptions } from './options.js';
import { openClusters } from './runs.js';
import { asCommandFailure } from './temporal-errors.js';

/** The run a command is about, and the server that has it. */
export interface Target {
  link: TemporalLink;
  cluster: string;
}

/** Connects, finds out which cluster is meant, does the work, disconnects. */
export async function withTarget(
  options: CommandOptions,
  io: CommandIo,
  work: (target: Target) => Promise<number>,
): Promise<number> {
  const config = configIfThere(options, io);
  return withLink(options, io, config, async (link) => {
    const cluster = options.cluster ?? config?.config.cluster ?? (await onlyOpenCluster(link));
    return work({ link, cluster });
  });
}

/** For a command that is about no run in particular; the configuration, if one lies about, names the namespace. */
export const withServer = (
  options: CommandOptions,
  io: CommandIo,
  work: (link: TemporalLink) => Promise<number>,
): Promise<number> => withLink(options, io, configIfThere(options, io), work);

/** The same for a command that cannot do without the configuration. */
export async function withConfig(
  options: CommandOptions,
  io: CommandIo,
  work: (target: Target & { config: LoadedConfig }) => Promise<number>,
): Promise<number> {
  const config = requireConfig(options, io);
  return withLink(options, io, config, (link) => work({ link, cluster: config.config.cluster, config }));
}

export function requireConfig(options: CommandOptions, io: Pick<CommandIo, 'cwd'>): LoadedConfig {
  const config = loadConfig(fileFor(options, io));
  if (options.cluster !== undefined && options.cluster !== config.config.cluster) {
    throw commandFailure(
      'USAGE',
      `${config.path} is about cluster "${config.config.cluster}", not "${options.cluster}"`,
      {
        hint: 'Give the right file with `--config FILE`, or leave the cluster out.',
      },
    );
  }
  return config;
}

/** For the commands that serve runs: the queue and namespace of the configuration that lies about, if any. */
export function servingSettings(
  options: CommandOptions,
  io: CommandIo,
): { address?: string; namespace?: string; taskQueue?: string } {
  const { address, namespace, taskQueue } = { ...configIfThere(options, io)?.temporal, ...options };
  return {
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
  };
}

/** Who acts: asserted by the person, recorded with the decision. */
export const actor = (options: CommandOptions, io: Pick<CommandIo, 'env'>): string =>
  options.by ?? (io.env['SUDO_USER'] || userInfo().username);

const DEFAULT_FILE = 'runbook.yaml';

const fileFor = (options: CommandOptions, io: Pick<CommandIo, 'cwd'>): string =>
  options.config === undefined ? resolve(io.cwd, DEFAULT_FILE) : resolve(io.cwd, options.config);

/** A file that lies about counts only where it is about the cluster that was named. */
function configIfThere(options: CommandOptions, io: CommandIo): LoadedConfig | undefined {
  if (options.config !== undefined) return requireConfig(options, io);
  const file = fileFor(options, io);
  if (!existsSync(file)) return undefined;
  if (options.cluster === undefined) return loadConfig(file);
  try {
    const config = loadConfig(file);
    return config.config.cluster === options.cluster ? config : undefined;
  } catch {
    return undefined;
  }
}

async function withLink(
  options: CommandOptions,
  io: CommandIo,
  config: LoadedConfig | undefined,
  work: (link: TemporalLink) => Promise<number>,
): Promise<number> {
  const link = await connectTemporal(options, io, config?.temporal);
  try {
    return await work(link);
  } catch (error) {
    throw asCommandFailure(error);
  } finally {
    await link.close();
  }
}

async function onlyOpenCluster(link: TemporalLink): Promise<string> {
  const open = await openClusters(link);
  const [only] = open;
  if (only === undefined) {
    throw commandFailure(
      'RUN_NOT_FOUND',
      `no run is open at ${link.address}, and there is no runbook.yaml here`,
      {
        hint: 'Name the cluster, or run the command beside a runbook.yaml.',
      },
    );
  }
  if (open.length > 1) {
    throw commandFailure('USAGE', 'several runs are open, and the command does not say which one it means', {
      detail: `Open: ${open.join(', ')}.`,
      hint: 'Name the cluster.',
    });
  }
  return only;
}
