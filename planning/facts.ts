import type { CurrentSettings } from './postgres/leader-settings.js';
import type { ControlData } from './postgres/control-data.js';

/** One line of `pg_lsclusters`. */
export interface ClusterListing {
  version: string;
  cluster: string;
  dataDirectory: string;
  configDirectory: string;
  hbaFile: string;
  socketDirectory: string;
  port: number;
  osUser: string;
}

/** What the first look at a host shows. */
export interface HostFacts {
  name: string;
  machineId: string;
  hostname: string;
  systemd: boolean;
  missingTools: string[];
  /** Absent: no postgresql-common on the host. */
  clusters?: ClusterListing[];
  /** Source address this host uses towards the leader. */
  sourceAddress?: string;
  /** The host's own IP addresses, loopback and link-local ones included. Absent: not known. */
  addresses?: string[];
  /** The host's clock minus the worker's; half the round trip is allowed for. */
  clockOffsetSeconds: number;
  /** `locale -a`, as printed. */
  locales: string[];
  /** E.g. `2.36`. */
  glibcVersion: string;
  memoryBytes: number;
  /** `version/cluster` of the host's other clusters. */
  otherClusters: string[];
  /** Enabled or active units, or configurations, of patroni, repmgrd, pg_autoctl, stolon, pacemaker, corosync, keepalived. */
  clusterManagers: string[];
  /** puppet, chef, salt-minion, cfengine, ansible-pull timers that are enabled or active. */
  configManagement: string[];
  /** Candidate version where unattended-upgrades is enabled and PostgreSQL's package has a newer one. */
  pendingPostgresUpgrade?: string;
}

/** An operation record of ours found on a data directory. */
export interface OpenRecord {
  op: string;
  values: Record<string, string>;
  /** Directories of its copy jobs. */
  hasJob: boolean;
}

/** One cluster's files. */
export interface FileFacts {
  home: string;
  /** Full version of the installed binaries, e.g. `15.18`. */
  minorOnDisk: string;
  hbaFile: string;
  hbaText: string;
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
  tablespaces: string[];
  walLinked: boolean;
  running: boolean;
  /** ISO time. */
  lastWrite?: string;
  sizeBytes: number;
  controlData?: ControlData;
  mountPoint: string;
  freeBytes: number;
  fileSystemBytes: number;
  records: OpenRecord[];
  /** `*.so` in the package library directory of the cluster's binaries, without the suffix. */
  libraries: string[];
  /** `*.control` in the extension directory, without the suffix. */
  extensions: string[];
  /** Of the data directory's parent file system; 0: it has none to count. */
  freeInodes: number;
  /** Leftovers of another recovery in the follower's own postgresql.conf and conf.d. */
  recoverySettings: { name: string; value: string; file: string; line: number }[];
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
  fileErrors: string[];
  hbaErrors: string[];
  slots: ReplicationSlotFacts[];
  walSenders: number;
  standbys: WalSenderFacts[];
  databases: string[];
  databaseBytes: number;
  tablespaces: string[];
  userTables: number;
  userRoles: string[];
  subscriptions: number;
  clientSessions: number;
  flushLsn: string | null;
  replayLsn: string | null;
  /** What the WAL receiver has flushed; null outside of recovery. */
  receiveLsn: string | null;
  replayPaused: boolean;
  walReceiver: { status: string; slot: string | null; timeline: number | null } | null;
  /** Of every database that takes connections, template1 among them. */
  databaseLocales: DatabaseLocale[];
  /** Version of ICU's root collation in this server; null where it is built without ICU. */
  icuCollationVersion: string | null;
  /** Extensions of database `postgres` alone: the others cannot be told without a connection to each. */
  extensionsInUse: string[];
  /** In database `postgres`, as `eventTriggers`. */
  publications: number;
  eventTriggers: number;
  preparedTransactions: number;
  /** Null where archiving is off. */
  archiver: ArchiverFacts | null;
  /** The oldest client sessions but ours, at most 10; `clientSessions` is their true number. */
  sessions: SessionFacts[];
  /** Start of the oldest WAL segment of this timeline that is still there; null in recovery. */
  oldestWalLsn: string | null;
  /** WAL written on average since the statistics were reset, bytes a second; null in recovery and before 14. */
  walBytesPerSecond: number | null;
  /** Processor architecture the server was built for, e.g. `x86_64`. */
  architecture: string;
  /** Configuration and hba files changed on disk since the server last read them. */
  editedFiles: string[];
}

/** All that was seen of one host's chosen cluster. */
export interface ClusterFacts {
  host: HostFacts;
  listing: ClusterListing;
  files: FileFacts;
  /** Absent: the server does not run. */
  server?: ServerFacts;
}
