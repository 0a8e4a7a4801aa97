import type { KeptDirectory } from '../workflows/contract/target.js';
import type { CurrentSettings } from './postgres/leader-settings.js';
import type { ControlData } from './postgres/control-data.js';
import type { SettingInFile } from './postgres/recovery-settings.js';

/** One line of `pg_lsclusters`. */
export interface ClusterListing {
  version: string;
  cluster: string;
  dataDirectory: string;
  configDirectory: string;
  hbaFile: string;
  binDirectory: string;
  /** Of systemd; where that does not run, what it would be. */
  unit: string;
  socketDirectory: string;
  port: number;
  osUser: string;
  /** start.conf, or whether its unit is enabled: `auto`, `manual`, or `disabled`, which refuses every start. */
  start: string;
}

/** What a file system has left. */
export interface Room {
  mountPoint: string;
  freeBytes: number;
  fileSystemBytes: number;
  freeInodes: number;
  /** 0: this file system has no fixed number of them, so that none can run out. */
  fileSystemInodes: number;
}

/** What the first look at a host shows. */
export interface HostFacts {
  name: string;
  machineId: string;
  hostname: string;
  systemd: boolean;
  /** Whether root may look where processes work: "stopped" rests on it. Not so in a container without SYS_PTRACE. */
  seesProcesses: boolean;
  missingTools: string[];
  /** Absent: no postgresql-common on the host. */
  clusters?: ClusterListing[];
  /** Source address this host uses towards the leader. */
  sourceAddress?: string;
  /** `uname -m`, e.g. `x86_64`; empty where it is not known, as with every text below. */
  architecture: string;
  /** The host's own IP addresses, loopback and link-local ones included. Absent: not known. */
  addresses?: string[];
  /**
   * The host's clock minus the worker's, as far as the round trip cannot explain it: 0 where it can. Positive:
   * the host is ahead.
   */
  clockOffsetSeconds: number;
  /** `locale -a`, as printed. */
  locales: string[];
  /** E.g. `2.36`. */
  glibcVersion: string;
  /** 0 where it is not known. */
  memoryBytes: number;
  /** `version/cluster` of the host's clusters that the run is not about. */
  otherClusters: string[];
  /**
   * Cluster managers that start by themselves or run (`patroni.service enabled`, `… active`), and the
   * configuration files of such (a path).
   */
  clusterManagers: string[];
  /** Agents that bring configuration files back to what their server has; as above. */
  configManagement: string[];
  /** The package's version that unattended-upgrades will install; absent where it will not. */
  pendingPostgresUpgrade?: string;
}

/** An operation record of ours found on a data directory. */
export interface OpenRecord {
  op: string;
  values: Record<string, string>;
  /** Directories of its copy jobs. */
  hasJob: boolean;
  /** Those it has made outside of the data directory, and those its swap moves; absent: none. */
  directories?: RecordedDirectory[];
}

/** `old`, `old.<link>` or `new.<link>` of a record: what was, or will be, moved whither. `wipes…`: what is emptied. */
export interface RecordedDirectory {
  kind: 'old' | 'new' | 'wipes';
  /** Absent: the data directory. */
  link?: string;
  from: string;
  to: string;
}

/** A directory outside of the data directory, or where one is to be. */
export interface PlaceFacts {
  /** Real path; as it was given where even its parent is not there. */
  path: string;
  /** `absent`: it could be made. `nowhere`: even its parent is not there. */
  kind: 'directory' | 'absent' | 'other' | 'nowhere';
  isMount: boolean;
  mountsBelow: string[];
  /** Whether the cluster's owner can come through its parent. */
  enterable: boolean;
  /** As an operation record has it; of the parent where it is absent. */
  fileSystem: string;
  mountPoint: string;
  freeBytes: number;
  fileSystemBytes: number;
  owner: string;
  /** The first 5 names in it. */
  entries: string[];
}

/** Where a link in the data directory leads. */
export interface LinkFacts extends PlaceFacts {
  /** `pg_wal` or `pg_tblspc/<oid>`. */
  link: string;
}

/** A directory another cluster of the host keeps its data, its WAL or a tablespace in. */
export interface UsedPath {
  /** `version/cluster`. */
  cluster: string;
  path: string;
}

/** A directory that an operation has set aside, as it is now. */
export interface KeptFacts extends KeptDirectory {
  /** It is the very directory that was recorded. */
  intact: boolean;
}

/** One cluster's files. */
export interface FileFacts extends Room {
  home: string;
  /** Full version of the installed binaries, e.g. `15.18`. */
  minorOnDisk: string;
  hbaFile: string;
  hbaText: string;
  /** What it refers to, see `HbaFiles`; absent where not all of that could be read. */
  hbaIncludes?: Record<string, string>;
  /** The data directory's postgresql.auto.conf; empty where there is none. May hold secrets: never part of a plan. */
  autoConfText: string;
  /** As written in postgresql.conf; may be relative to the configuration directory. */
  includeDirectory?: string;
  exists: boolean;
  realPath: string;
  isLink: boolean;
  isMount: boolean;
  mountsBelow: string[];
  pgVersion?: string;
  entries: number;
  standbySignal: boolean;
  /** pg_wal, if it is one, and the tablespaces. */
  links: LinkFacts[];
  usedByOthers: UsedPath[];
  running: boolean;
  /** ISO time. */
  lastWrite?: string;
  /** On disk, of the data directory's own file system; 0 where counting took too long. */
  sizeBytes: number;
  /** Files and directories, likewise. */
  fileCount: number;
  controlData?: ControlData;
  /** As an operation record has it, of the data directory's parent, as all of `Room` here. */
  fileSystem: string;
  /**
   * Of the file system the data directory itself lies on, where that is another than its parent's.
   */
  ownRoom?: Room;
  /** `lost+found` lies in the data directory. */
  lostFound?: true;
  /** What start.conf said before a run of ours held the autostart, where one holds it. */
  heldStart?: string;
  /** Names of the loadable libraries in the directory of these binaries, without `.so`. */
  libraries: string[];
  /** Names of the extensions whose control file is installed. */
  extensions: string[];
  /** In effect in postgresql.conf and what it includes; postgresql.auto.conf is rendered anew, so not from there. */
  recoverySettings: SettingInFile[];
  records: OpenRecord[];
  /** Closed records of operations that have replaced this data directory. Absent, as `kept`: none. */
  closedRecords?: Omit<OpenRecord, 'hasJob'>[];
  /** What operations on this data directory have set aside and is still there. */
  kept?: KeptFacts[];
  /** Inode of the data directory; empty where there is none. */
  inode?: string;
  /**
   * Of a standby: what its configuration files say of what it follows, and its limits, as `postgres -C`
   * prints it (without units). Empty where there is no standby.signal. A password may stand in primary_conninfo.
   */
  fileSettings: Record<string, string>;
  /** The newest timeline history file in pg_wal, as it stands. */
  timelineHistory?: string;
}

export interface ReplicationSlotFacts {
  name: string;
  type: string;
  active: boolean;
  activePid: number | null;
  walStatus: string | null;
  retainedBytes: number;
}

export interface WalSenderFacts {
  pid: number;
  applicationName: string;
  clientAddress: string | null;
  state: string;
  replayLsn: string | null;
  replyAgeSeconds: number | null;
  /** `async`, `potential`, `sync` or `quorum`. */
  syncState?: string;
}

/** How one database sorts. */
export interface DatabaseLocale {
  database: string;
  /** `c` (the operating system's C library), `i` (ICU) or `b` (built in). */
  provider: string;
  collate: string;
  ctype: string;
  /** Of the collation when the database was made or last refreshed; null: not versioned, or before 15. */
  version: string | null;
  /** Of the collation as the server's libraries have it now. */
  actualVersion: string | null;
}

export interface ArchiverFacts {
  failedCount: number;
  lastFailedWal: string | null;
  /** ISO time. */
  lastFailedAt: string | null;
  lastArchivedAt: string | null;
}

/** A tablespace that is not one of the two within the data directory. */
export interface TablespaceFacts {
  oid: string;
  name: string;
  /** Absolute, but for one made in place, below pg_tblspc. */
  location: string;
  bytes: number;
}

export interface SessionFacts {
  database: string | null;
  user: string | null;
  application: string;
  /** Null: through the local socket. */
  address: string | null;
}

/** One running server, read in a single query. LSNs are text. */
export interface ServerFacts {
  inRecovery: boolean;
  systemIdentifier: string;
  timeline: number;
  serverVersion: string;
  majorVersion: number;
  postmasterStartTime: string;
  /** As pg_settings has them: without units. A setting the version does not have is absent; passwords are masked. */
  settings: CurrentSettings;
  pendingRestart: string[];
  /** Names set in postgresql.auto.conf: it is read last, so a file of ours would lose against it. */
  alterSystem: string[];
  fileErrors: string[];
  hbaErrors: string[];
  slots: ReplicationSlotFacts[];
  walSenders: number;
  standbys: WalSenderFacts[];
  databases: string[];
  /** Bytes of each of `databases`. */
  databaseSizes: Record<string, number>;
  /** Of all databases, those in tablespaces included. */
  databaseBytes: number;
  tablespaces: TablespaceFacts[];
  userTables: number;
  userRoles: string[];
  subscriptions: number;
  /** The subscriptions one by one. A password may stand in `conninfo`. */
  subscribed: { name: string; database: string; slot: string | null; conninfo: string }[];
  clientSessions: number;
  flushLsn: string | null;
  replayLsn: string | null;
  /** What the WAL receiver has flushed; null outside of recovery. */
  receiveLsn: string | null;
  replayPaused: boolean;
  /** The timeline it writes to; after a promotion its control file names the former one for a while. Null in recovery. */
  walTimeline: number | null;
  /** The history file of its timeline; null on the first one. */
  timelineHistory: string | null;
  walReceiver: { status: string; slot: string | null; timeline: number | null } | null;
  /** Of every database that takes connections, template1 among them. */
  databaseLocales: DatabaseLocale[];
  /** Version of ICU's root collation in this server; null where it is built without ICU. */
  icuCollationVersion: string | null;
  /** Extensions of database `postgres` alone: the others cannot be told without a connection to each. */
  extensionsInUse: string[];
  /** A publication or event trigger of database `postgres` would notice the test record. */
  recordWouldBeNoticed: boolean;
  preparedTransactions: number;
  /** Null where archiving is off. */
  archiver: ArchiverFacts | null;
  /** The oldest client sessions but ours, at most 10; `clientSessions` is their true number. */
  sessions: SessionFacts[];
  /** Start of the oldest WAL segment of this timeline that is still there; null in recovery. */
  oldestWalLsn: string | null;
  /** WAL written on average since the statistics were reset, bytes a second; null in recovery and before 14. */
  walBytesPerSecond: number | null;
  /** Configuration and hba files changed on disk since the server last read them. */
  editedFiles: string[];
}

/** A role of the leader that is there already. How its password is kept, never the password or its verifier. */
export interface RoleFacts {
  name: string;
  canLogin: boolean;
  canReplicate: boolean;
  expired: boolean;
  password: 'scram' | 'md5' | 'none';
}

/** All that was seen of one host's chosen cluster. */
export interface ClusterFacts {
  host: HostFacts;
  listing: ClusterListing;
  files: FileFacts;
  /** Absent: the server does not run. */
  server?: ServerFacts;
  /** Of the roles that were asked for, those that exist. */
  existingRoles: RoleFacts[];
  /** On a follower that gets a copy: where each tablespace of the leader would lie, by the leader's location. */
  places?: Record<string, PlaceFacts>;
}
