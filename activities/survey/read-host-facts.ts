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

/** What `clusters` of planning/commands/find-clusters.ts prints. */
function readListings({ texts }: ScriptResult): ClusterListing[] | undefined {
  if (texts.clusters === undefined) return undefined;
  return lines(texts.clusters).map((line) => {
    const [version = '', cluster = '', dataDirectory = '', configDirectory = '', hbaFile = '', ...rest] =
      line.split('\x1f');
    const [osUser = '', binDirectory = '', unit = '', port = '', socketDirectory = '', start = ''] = rest;
    return {
      version,
      cluster,
      dataDirectory,
      configDirectory,
      hbaFile,
      osUser,
      binDirectory,
      unit,
      port: Number(port),
      socketDirectory,
      start,
    };
  });
}
