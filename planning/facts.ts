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
  socketDirectory: string;
  port: number;
  osUser: string;
  /** start.conf: `auto`, `manual`, or `disabled`, which refuses every start. */
  start: string;
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
  /** `uname -m`, e.g. `x86_64`; empty where it is not known, as with every text below. */
  architecture: string;
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
  /** On disk, of the data directory's own file system; 0 where counting took too long. */
  sizeBytes: number;
  /** Files and directories, likewise. */
  fileCount: number;
  controlData?: ControlData;
  mountPoint: string;
  freeBytes: number;
  fileSystemBytes: number;
  /** Of the file system of the data directory's parent. */
  freeInodes: number;
  /** 0: this file system has no fixed number of them, so that none can run out. */
  fileSystemInodes: number;
  /** Names of the loadable libraries in the directory of these binaries, without `.so`. */
  libraries: string[];
  /** Names of the extensions whose control file is installed. */
  extensions: string[];
  /** In effect in postgresql.conf and what it includes; postgresql.auto.conf is rendered anew, so not from there. */
  recoverySettings: SettingInFile[];
  records: OpenRecord[];
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
}

/** All that was seen of one host's chosen cluster. */
export interface ClusterFacts {
  host: HostFacts;
  listing: ClusterListing;
  files: FileFacts;
  /** Absent: the server does not run. */
  server?: ServerFacts;
  /** Of the roles that were asked for, those that exist. */
  existingRoles: string[];
}
