import { Client, Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract/names.js';
import { readServerJson, stateHome } from '../server/server-json.js';
import { commandFailure } from './failure.js';
import type { CommandIo } from './io.js';
import type { CommandOptions } from './options.js';

/** A Temporal server that answered, and what of it a command needs to know. */
export interface TemporalLink {
  client: Client;
  address: string;
  namespace: string;
  taskQueue: string;
  /** Names the installation in the operation records on the hosts. */
  server: string;
  uiAddress?: string;
  close(): Promise<void>;
}

/** Where the server is looked for: flag, then TEMPORAL_* or profile, then server.json, then Temporal's default. */
export interface ServerSettings {
  connection: ConnectionOptions & { address: string };
  namespace: string;
  taskQueue: string;
  server: string;
  uiAddress?: string;
  /** For the message when nothing answers. */
  source: string;
}

type Addressing = Pick<CommandOptions, 'address' | 'namespace' | 'taskQueue'>;
type FromConfig = { namespace?: string; taskQueue?: string };

const DEADLINE_MS = 4_500;

export async function connectTemporal(
  options: Addressing,
  io: Pick<CommandIo, 'env'>,
  config: FromConfig = {},
): Promise<TemporalLink> {
  const settings = serverSettings(options, io.env, config);
  const { address } = settings.connection;
  const deadline = Date.now() + DEADLINE_MS;
  const connection = Connection.lazy({ ...settings.connection, connectTimeout: DEADLINE_MS });
  try {
    await connection.withDeadline(deadline, async () => {
      await connection.ensureConnected();
      await connection.workflowService.describeNamespace({ namespace: settings.namespace });
    });
  } catch (error) {
    await connection.close();
    throw unreachable(settings, error);
  }
  const { namespace, taskQueue, server, uiAddress } = settings;
  return {
    client: new Client({ connection, namespace }),
    address,
    namespace,
    taskQueue,
    server,
    ...(uiAddress === undefined ? {} : { uiAddress }),
    close: () => connection.close(),
  };
}

export function serverSettings(
  options: Addressing,
  env: Record<string, string | undefined>,
  config: FromConfig,
): ServerSettings {
  const profile = profileOf(env);
  const local = readServerJson(stateHome(env));
  const common = { taskQueue: options.taskQueue ?? config.taskQueue ?? DEFAULT_TASK_QUEUE };
  const address = options.address ?? profile.connectionOptions.address;
  const namespace = options.namespace ?? profile.namespace ?? config.namespace;
  if (address === undefined && local !== undefined) {
    return {
      ...common,
      connection: { address: local.address },
      namespace: namespace ?? local.namespace,
      server: local.installationId,
      uiAddress: local.uiAddress,
      source: 'server.json of runbook up',
    };
  }
  const resolved = { address: address ?? 'localhost:7233', namespace: namespace ?? 'default' };
  // The same server by its address is the same installation.
  const known = local !== undefined && sameAddress(local.address, resolved.address) ? local : undefined;
  return {
    ...common,
    connection: { ...(profile.connectionOptions as ConnectionOptions), address: resolved.address },
    namespace: resolved.namespace,
    server: known?.installationId ?? `${resolved.address}/${resolved.namespace}`,
    ...(known === undefined ? {} : { uiAddress: known.uiAddress }),
    source:
      options.address === undefined
        ? address === undefined
          ? 'the default'
          : 'TEMPORAL_ADDRESS or profile'
        : '--address',
  };
}

const sameAddress = (a: string, b: string): boolean =>
  a.replace(/^localhost:/, '127.0.0.1:') === b.replace(/^localhost:/, '127.0.0.1:');

function profileOf(env: Record<string, string | undefined>): ReturnType<typeof loadClientConnectConfig> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const overrideEnvVars = Object.fromEntries(set);
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (error) {
    const named = env['TEMPORAL_PROFILE'] ?? '';
    // The SDK takes a file without a single profile, e.g. an empty one, for a fault of its own.
    const noProfiles = error instanceof TypeError;
    if (noProfiles && named === '') return loadClientConnectConfig({ overrideEnvVars, disableFile: true });
    const said = error instanceof Error ? error.message : String(error);
    throw commandFailure('CONFIG_INVALID', 'the Temporal profile or a TEMPORAL_* variable cannot be read', {
      detail: noProfiles ? `the file has no profile "${named}", nor any other` : said,
      hint: 'Correct it, or name the server with `--address`.',
      cause: error,
    });
  }
}

function unreachable({ connection, namespace, source }: ServerSettings, error: unknown): Error {
  const said = error instanceof Error ? error.message : String(error);
  if (/Namespace .*not found/i.test(said)) {
    return commandFailure(
      'TEMPORAL_UNREACHABLE',
      `${connection.address}: there is no namespace "${namespace}"`,
      {
        hint: 'Give another one with `--namespace`, or create it.',
        cause: error,
      },
    );
  }
  return commandFailure('TEMPORAL_UNREACHABLE', `${connection.address}: no Temporal server answers`, {
    detail: `${said} (the address is from ${source})`,
    cause: error,
  });
}
