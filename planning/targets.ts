import type { RunConfig } from '../workflows/contract/config.js';
import type {
  ClusterLocation,
  CopyMode,
  FollowerClass,
  FollowerTarget,
  LeaderTarget,
  Operation,
  ServerUse,
} from '../workflows/contract/target.js';
import { SETTINGS_FILE } from './commands/leader-files.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { wantedLeaderSettings } from './postgres/leader-settings.js';
import { roleName, slotName } from './postgres/names.js';
import type { Remedied } from './remedy.js';

/** Where the cluster lives: in Debian's layout the configuration lies apart from the data, in PGDG's within. */
export function locationOf({ host, listing, files }: ClusterFacts): ClusterLocation {
  const { includeDirectory } = files;
  const inside = listing.configDirectory === listing.dataDirectory;
  const configDirectory = inside ? files.realPath : listing.configDirectory;
  const location: ClusterLocation = {
    version: listing.version,
    cluster: listing.cluster,
    // The configuration may name a link: what is replaced lies where that leads, and the link stays as it is.
    dataDirectory: files.realPath,
    configDirectory,
    configFile: `${configDirectory}/postgresql.conf`,
    hbaFile: files.hbaFile,
    binDirectory: listing.binDirectory,
    socketDirectory: listing.socketDirectory,
    port: listing.port,
    osUser: listing.osUser,
    service: host.systemd ? 'systemd' : 'pg_ctlcluster',
    unit: listing.unit,
  };
  if (includeDirectory !== undefined)
    location.includeDirectory = includeDirectory.startsWith('/')
      ? includeDirectory
      : `${configDirectory}/${includeDirectory}`;
  return location;
}

/** The configuration lies in the data directory: a copy brings the leader's along. */
export const isConfigurationInside = ({ configDirectory, dataDirectory }: ClusterLocation): boolean =>
  configDirectory === dataDirectory;

/** The main configuration file of the server that is to be, while its data still lies elsewhere. */
export const configFileIn = (location: ClusterLocation, directory: string): string =>
  isConfigurationInside(location) ? `${directory}/postgresql.conf` : location.configFile;

/** Two senders a copy (files and WAL), one a follower that streams. */
const SENDERS_PER_COPY = 2;

/** What a run for this many followers needs besides what is in use. */
export const freePlacesNeeded = (
  config: RunConfig,
  work: number,
  copies = work,
): { walSenders: number; slots: number } => ({
  walSenders: SENDERS_PER_COPY * Math.min(copies, config.copy.concurrency) + work,
  slots: work,
});

export function leaderTarget(
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  op: Operation,
  work: number,
  copies = work,
): LeaderTarget {
  const wanted = new Set<string>();
  const needed = freePlacesNeeded(config, work, copies);
  const settings =
    work === 0
      ? []
      : wantedLeaderSettings(server.settings, {
          address: config.leader.address,
          walSendersInUse: server.walSenders,
          freeSendersNeeded: needed.walSenders,
          slotsInUse: server.slots.length,
          freeSlotsNeeded: needed.slots,
          ...(config.replication.slotWalLimitBytes === undefined
            ? {}
            : { slotWalLimitBytes: config.replication.slotWalLimitBytes }),
        });
  for (const { name } of settings) wanted.add(name);
  const location = locationOf(facts);
  const overridden = settings.some(({ name }) => server.alterSystem.includes(name));
  return {
    name: config.leader.name,
    host: config.leader.host,
    address: config.leader.address,
    location,
    identity: {
      machineId: facts.host.machineId,
      systemIdentifier: server.systemIdentifier,
      timeline: server.timeline,
    },
    op,
    settings,
    postmasterStartTime: server.postmasterStartTime,
    pendingEdits: server.pendingRestart.filter((name) => !wanted.has(name)),
    tls: config.replication.tls === 'require',
    ...(server.recordWouldBeNoticed ? { noRecord: true as const } : {}),
    ...(location.includeDirectory === undefined || overridden
      ? {}
      : { settingsFile: `${location.includeDirectory}/${SETTINGS_FILE}` }),
  };
}

export function followerTarget(
  config: RunConfig,
  name: string,
  facts: ClusterFacts,
  op: Operation,
  cls: FollowerClass,
  remedied: Remedied = { remedy: cls === 'healthy' ? 'none' : 'copy', repairs: [] },
  mode: CopyMode = 'side-by-side',
): FollowerTarget {
  const follower = config.followers.find((candidate) => candidate.name === name);
  if (follower === undefined) throw new Error(`no follower ${name} in the configuration`);
  const location = locationOf(facts);
  const target: FollowerTarget = {
    name,
    host: follower.host,
    clientAddress: follower.address ?? facts.host.sourceAddress ?? '',
    location,
    machineId: facts.host.machineId,
    op,
    class: cls,
    remedy: remedied.remedy,
    mode,
    ...(facts.files.heldStart === undefined ? {} : { autostartHeld: true }),
    ...(remedied.remedy === 'repair' ? { repairs: remedied.repairs } : {}),
    role: roleName(config.replication, name),
    slotName: remedied.slotName ?? slotName(name, op.id),
    applicationName: remedied.applicationName ?? name,
    passfile: `${facts.files.home}/.pg-runbook/${config.cluster}-${name}.pgpass`,
    incomingDirectory:
      mode === 'in-place' ? location.dataDirectory : `${location.dataDirectory}.incoming-${op.id}`,
    replacedDirectory: `${location.dataDirectory}.replaced-${op.id}`,
    fingerprint: '',
    fingerprintLines: [],
    hasOldDirectory: facts.files.exists,
    unknownPeers: [],
  };
  if (facts.server !== undefined) target.use = useOf(facts.server);
  return target;
}

const useOf = ({ clientSessions, walSenders, flushLsn }: ServerFacts): ServerUse => ({
  clientSessions,
  walSenders,
  walLsn: flushLsn,
});
