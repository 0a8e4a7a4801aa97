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
}

/** One running server, read in a single query. LSNs are text. */
export interface ServerFacts {
  inRecovery: boolean;
  systemIdentifier: string;
  timeline: number;
  serverVersion: string;
  majorVersion: number;
  postmasterStartTime: string;
  settings: CurrentSettings;
  pendingRestart: string[];
  fileErrors: string[];
  hbaErrors: string[];
  slots: ReplicationSlotFacts[];
  walSenders: number;
  standbys: WalSenderFacts[];
  databases: string[];
  /** Bytes of each of `databases`. */
  databaseSizes: Record<string, number>;
  databaseBytes: number;
  tablespaces: string[];
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
  /** Lowest position whose WAL segment is still there; null in recovery. */
  oldestWalLsn: string | null;
  walReceiver: { status: string; slot: string | null; timeline: number | null } | null;
}

/** All that was seen of one host's chosen cluster. */
export interface ClusterFacts {
  host: HostFacts;
  listing: ClusterListing;
  files: FileFacts;
  /** Absent: the server does not run. */
  server?: ServerFacts;
}
