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
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const local = readServerJson(options.stateHome);
  const address = options.address ?? connectionOptions.address ?? local?.address ?? 'localhost:7233';
  return {
    connection: { ...connectionOptions, address },
    namespace: options.namespace ?? namespace ?? 'default',
  };
}
