import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { readServerJson } from '../server/server-json.js';

export interface TemporalAddressOptions {
  /** From the command line; wins over everything else. */
  address?: string;
  namespace?: string;
  stateHome: string;
}

export interface TemporalAddress {
  connection: NativeConnectionOptions & { address: string };
  namespace: string;
}

/** Flag, TEMPORAL_* or the Temporal profile, the server that `runbook up` started, localhost. */
export function temporalAddress(options: TemporalAddressOptions): TemporalAddress {
  const { connectionOptions, namespace } = profile();
  const local = readServerJson(options.stateHome);
  const address = options.address ?? connectionOptions.address ?? local?.address ?? 'localhost:7233';
  return {
    connection: { ...connectionOptions, address },
    namespace: options.namespace ?? namespace ?? 'default',
  };
}

/** The SDK takes a file without a single profile, e.g. an empty one, for a fault of its own: it names no server. */
function profile(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    if (!(error instanceof TypeError) || process.env['TEMPORAL_PROFILE'] !== undefined) throw error;
    return loadClientConnectConfig({ disableFile: true });
  }
}
