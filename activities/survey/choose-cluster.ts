import type { ClusterListing, HostFacts } from '../../planning/facts.js';
import type { HostConfig } from '../../workflows/contract/config.js';
import { stepFailure } from '../failures.js';

/** The one cluster the configuration means on this host. Refuses a host that this version cannot work on. */
export function chooseCluster(facts: HostFacts, config: HostConfig): ClusterListing {
  const clusters = usableClusters(facts);
  const { version, cluster } = config.postgres ?? {};
  const names = clusters.map(clusterName).join(', ');
  const [only, ...others] = clusters.filter(
    (listing) =>
      (version ?? listing.version) === listing.version && (cluster ?? listing.cluster) === listing.cluster,
  );
  if (only === undefined)
    throw stepFailure(
      'CLUSTER_NOT_FOUND',
      facts.name,
      `it has no cluster ${version ?? '*'}/${cluster ?? '*'}`,
      {
        detail: `There are: ${names}.`,
        hint: `Correct \`postgres:\` under ${facts.name}.`,
      },
    );
  if (others.length > 0)
    throw stepFailure('CLUSTER_AMBIGUOUS', facts.name, 'it has several PostgreSQL clusters', {
      detail: `There are: ${names}.`,
      hint: `Pin one with \`postgres: { version, cluster }\` under ${facts.name}.`,
    });
  if (Number(only.version) < 13 || Number(only.version) > 18)
    throw stepFailure('UNSUPPORTED_VERSION', facts.name, `it has PostgreSQL ${only.version}`, {
      hint: '13 to 18 are supported.',
    });
  return only;
}

export const clusterName = ({ version, cluster }: ClusterListing): string => `${version}/${cluster}`;

function usableClusters(facts: HostFacts): ClusterListing[] {
  const { name, clusters } = facts;
  if (facts.machineId === '')
    throw stepFailure('UNSUPPORTED_LAYOUT', name, 'it has no /etc/machine-id', {
      hint: 'Run `systemd-machine-id-setup` there.',
    });
  if (!facts.seesProcesses)
    throw stepFailure('PROCESSES_HIDDEN', name, 'even root cannot see in which directories processes work', {
      detail: 'It lacks the capability SYS_PTRACE: whether a server runs on a data directory cannot be told.',
      hint: 'If it is a container, give it the capability SYS_PTRACE (`cap_add: [SYS_PTRACE]`).',
    });
  if (clusters === undefined)
    throw stepFailure(
      'UNSUPPORTED_LAYOUT',
      name,
      'neither postgresql-common nor a unit of systemd tells of a cluster',
      {
        hint: "This version understands Debian's postgresql-common, and units `postgresql*.service` with PGDATA in their environment.",
      },
    );
  if (facts.missingTools.length > 0)
    throw stepFailure('HOST_TOOLS_MISSING', name, `programs are missing: ${facts.missingTools.join(' ')}`, {
      hint: 'Install them there.',
    });
  if (clusters.length === 0)
    throw stepFailure('NO_CLUSTER', name, 'it has no PostgreSQL cluster', {
      hint: "Create one there, of the leader's major version: `pg_createcluster 15 main --start`, or `postgresql-15-setup initdb`.",
    });
  return clusters;
}
