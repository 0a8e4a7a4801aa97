import type { FailureCode } from '../../workflows/contract/codes.js';
import type { Finding } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts } from '../facts.js';
import { ADDRESS_MOVERS } from '../host-services.js';
import { finding } from './finding.js';

/** From here on times in logs, on cards and in `recovery_target_time` no longer agree. */
const CLOCK_LIMIT_SECONDS = 2;

/**
 * What the host itself, its clock and what else is at work on it mean for a run. `leader`: given for the
 * leader's host, with the changes planned there.
 */
export function hostFindings(facts: ClusterFacts, leader?: LeaderTarget): Finding[] {
  const { host } = facts;
  const restart = leader?.settings.some((setting) => setting.restart) === true;
  const found = managerFindings(host.name, host.clusterManagers);
  if (leader === undefined || restart) found.push(...startFindings(facts, leader === undefined));
  const tell = (severity: Finding['severity'], code: FailureCode, message: string): void =>
    void found.push(finding(severity, code, host.name, message));
  if (Math.abs(host.clockOffsetSeconds) > CLOCK_LIMIT_SECONDS)
    tell('warning', 'CLOCK_OFF', `its clock is ${offset(host.clockOffsetSeconds)} the worker's`);
  if (host.configManagement.length > 0)
    tell(
      'warning',
      'CONFIG_MANAGED',
      `configuration management is at work there: ${host.configManagement.join(', ')}`,
    );
  found.push(...upgradeFindings(facts, restart));
  if (host.otherClusters.length > 0)
    tell(
      'info',
      'OTHER_CLUSTERS',
      `it has other clusters, which are left alone: ${host.otherClusters.join(', ')}`,
    );
  return found;
}

function upgradeFindings({ host, listing, files }: ClusterFacts, restart: boolean): Finding[] {
  if (host.pendingPostgresUpgrade === undefined) return [];
  const message = `unattended-upgrades will bring PostgreSQL ${listing.version} from ${files.minorOnDisk} to package version ${host.pendingPostgresUpgrade}, and restart it`;
  const detail =
    'This run restarts the leader too. If the upgrade comes first, that restart brings up the new version.';
  return [finding('warning', 'UPGRADE_PENDING', host.name, message, restart ? { detail } : {})];
}

const offset = (seconds: number): string =>
  `${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? 'ahead of' : 'behind'}`;

/** A manager at work is refused; one that only could be started, or moves nothing but an address, is told. */
function managerFindings(host: string, seen: string[]): Finding[] {
  const moversOf = (entry: string): boolean => ADDRESS_MOVERS.some((name) => entry.startsWith(name));
  const files = seen.filter((entry) => entry.startsWith('/'));
  const movers = seen.filter((entry) => !entry.startsWith('/') && moversOf(entry));
  const managers = seen.filter((entry) => !entry.startsWith('/') && !moversOf(entry));
  const found: Finding[] = [];
  if (managers.length > 0)
    found.push(
      finding(
        'blocker',
        'CLUSTER_MANAGED',
        host,
        `a cluster manager is in charge of it: ${managers.join(', ')}`,
      ),
    );
  else if (files.length > 0)
    found.push(
      finding(
        'warning',
        'CLUSTER_MANAGER_CONFIGURED',
        host,
        `a cluster manager is configured, but not enabled: ${files.join(', ')}`,
      ),
    );
  if (movers.length > 0)
    found.push(
      finding(
        'warning',
        'ADDRESS_MOVES',
        host,
        `an address may move from or to this host: ${movers.join(', ')}`,
      ),
    );
  return found;
}

/** Whoever stops a cluster should know whether it can be started again. */
function startFindings({ host, listing, files }: ClusterFacts, isFollower: boolean): Finding[] {
  const { says, remedy } = startWords(listing);
  const start = files.heldStart ?? listing.start;
  if (start === 'disabled')
    return [
      finding('blocker', 'AUTOSTART_OFF', host.name, `${says('disabled')}: no start would succeed`, remedy),
    ];
  if (start === 'auto' || !isFollower) return [];
  return [finding('warning', 'AUTOSTART_OFF', host.name, `${says(start)}: a reboot leaves it down`, remedy)];
}

/** Debian's start.conf decides; elsewhere it is whether the unit is enabled. */
function startWords({ configDirectory, dataDirectory, unit }: ClusterFacts['listing']): {
  says: (start: string) => string;
  remedy: { hint?: string };
} {
  if (configDirectory !== dataDirectory)
    return { says: (start) => `${configDirectory}/start.conf says ${start}`, remedy: {} };
  return {
    says: (start) => `its unit ${unit} is ${start === 'disabled' ? 'masked' : 'not enabled'}`,
    remedy: { hint: `There: systemctl unmask ${unit}; systemctl enable ${unit}.` },
  };
}
