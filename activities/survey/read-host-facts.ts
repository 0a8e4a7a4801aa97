import type { ClusterListing, HostFacts } from '../../planning/facts.js';
import type { ScriptResult } from '../run-script.js';
import { lines, words } from './split-text.js';

/** What the survey's script told of the host itself. */
export function readHostFacts(name: string, seen: ScriptResult, clockOffsetSeconds: number): HostFacts {
  const { values, text } = seen;
  const facts: HostFacts = {
    name,
    machineId: values.machineId ?? '',
    hostname: values.hostname ?? '',
    systemd: values.systemd === 'yes',
    seesProcesses: values.seesProcesses !== 'no',
    missingTools: words(values.missing),
    architecture: values.architecture ?? '',
    clockOffsetSeconds,
    locales: lines(text('locales')),
    glibcVersion: /[\d.]+$/.exec(values.glibc ?? '')?.[0] ?? '',
    memoryBytes: Number(values.memoryKb ?? 0) * 1024,
    otherClusters: [],
    clusterManagers: lines(text('clusterManagers')),
    configManagement: lines(text('configManagement')),
  };
  if (values.addresses !== undefined) facts.addresses = words(values.addresses);
  const clusters = readListings(seen);
  if (clusters !== undefined) facts.clusters = clusters;
  if (values.sourceAddress !== undefined && values.sourceAddress !== '')
    facts.sourceAddress = values.sourceAddress;
  if (values.upgrade !== undefined && values.upgrade !== '') facts.pendingPostgresUpgrade = values.upgrade;
  return facts;
}

/** One entry of `pg_lsclusters -j`. */
interface ListedCluster {
  version: string | number;
  cluster: string;
  pgdata: string;
  configdir: string;
  socketdir: string;
  port: string;
  owneruid?: number | string;
  configuid?: number | string;
  start?: string;
  config?: { hba_file?: string };
}

function readListings({ texts, text }: ScriptResult): ClusterListing[] | undefined {
  if (texts.clusters === undefined) return undefined;
  const users = new Map(
    lines(text('users')).map((line) => [line.split(':')[1] ?? '', line.split(':')[0] ?? '']),
  );
  return (JSON.parse(texts.clusters || '[]') as ListedCluster[]).map((entry) => listingOf(entry, users));
}

function listingOf(entry: ListedCluster, users: ReadonlyMap<string, string>): ClusterListing {
  return {
    version: String(entry.version),
    cluster: entry.cluster,
    dataDirectory: entry.pgdata,
    configDirectory: entry.configdir,
    hbaFile: entry.config?.hba_file ?? `${entry.configdir}/pg_hba.conf`,
    socketDirectory: entry.socketdir,
    port: Number(entry.port),
    osUser: users.get(String(entry.owneruid ?? entry.configuid ?? '')) ?? 'postgres',
    start: entry.start ?? 'auto',
  };
}
