import type { ClusterLocation } from '../workflows/contract/target.js';

/** What a person types to do what our scripts do to a server; see commands/service.ts. */
export const serviceCommand = (
  { service, unit, version, cluster }: ClusterLocation,
  action: 'start' | 'stop' | 'restart',
): string =>
  service === 'systemd' ? `systemctl ${action} ${unit}` : `pg_ctlcluster ${version} ${cluster} ${action}`;

/** Where something that units are made of was changed. */
export const reloadUnitsCommands = ({ service }: ClusterLocation): string[] =>
  service === 'systemd' ? ['systemctl daemon-reload'] : [];

/** Where a server tells of itself before it can write a log of its own. */
export const serverLogCommand = ({ service, unit, version, cluster }: ClusterLocation): string =>
  service === 'systemd'
    ? `journalctl -u ${unit}`
    : `tail /var/log/postgresql/postgresql-${version}-${cluster}.log`;

/** How a copy that runs is ended; without systemd it has no name to a service manager. */
export const stopCopyCommand = ({ service }: ClusterLocation, op: string): string =>
  service === 'systemd' ? `systemctl stop pg-runbook-copy-${op}-*` : `end the processes of the copy ${op}`;
