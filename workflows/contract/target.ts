/** Our record on a host that we are at work there. It survives runs. */
export interface Operation {
  /** 8 hex digits. */
  id: string;
  /** Rises each time another run adopts the operation; an older epoch may no longer act. */
  epoch: number;
  /** An open record of an earlier run was found on the host and is taken over. */
  adopted: boolean;
}

/** What a follower is, tested in the order of design §4. */
export type FollowerClass =
  | 'copied'
  | 'partial'
  | 'unreadable'
  | 'healthy'
  | 'down'
  | 'repairable'
  | 'standby-of-other'
  | 'subscriber'
  | 'diverged'
  | 'leader-like'
  | 'foreign'
  | 'fresh'
  | 'empty';

/**
 * What makes a streaming follower of it: a copy of the leader, a start, a repair of what is there, or nothing.
 * Decided by planning/remedy.ts.
 */
export type Remedy = 'none' | 'copy' | 'start' | 'repair' | ReversalKind;

/** What a later run does about a replacement: takes it back, or makes it final. */
export type ReversalKind = 'undo' | 'purge';

/**
 * Where the copy is made. Side by side: beside the old data, which is moved aside by the swap and can be had back.
 * In place: in the data directory itself, which is emptied before. That cannot be undone.
 */
export type CopyMode = 'side-by-side' | 'in-place';

/** What a repair puts right: how the follower reaches the leader, its slot, the limits it needs for the leader's WAL. */
export type Repair = 'connection' | 'slot' | 'settings';

/** Where a PostgreSQL cluster lives on its host; every activity gets its paths from here. */
export interface ClusterLocation {
  /** Major version, e.g. `15`. */
  version: string;
  /** Debian's cluster name, e.g. `main`. */
  cluster: string;
  /** Absolute real path of the data directory. */
  dataDirectory: string;
  configDirectory: string;
  configFile: string;
  hbaFile: string;
  binDirectory: string;
  socketDirectory: string;
  port: number;
  /** Operating-system account that owns the data directory. */
  osUser: string;
  /** What starts and stops the server; without systemd Debian's own tool. */
  service: 'systemd' | 'pg_ctlcluster';
  /** The systemd unit that runs the server, or would. */
  unit: string;
  /** `conf.d` (or the like) when the configuration includes one. */
  includeDirectory?: string;
}

/** Who the leader is. A leader that answers differently is another leader: `LEADER_CHANGED`. */
export interface LeaderIdentity {
  machineId: string;
  /** `pg_control_system().system_identifier`, decimal. */
  systemIdentifier: string;
  timeline: number;
}

export interface SettingChange {
  name: string;
  from: string;
  to: string;
  restart: boolean;
}

/** What activities need to know of the leader; small, because it travels with every step. */
export interface LeaderTarget {
  name: string;
  host: string;
  address: string;
  location: ClusterLocation;
  identity: LeaderIdentity;
  op: Operation;
  settings: SettingChange[];
  /** `pg_postmaster_start_time()` as on the approved card (ISO, microseconds); a restart happens only from here. */
  postmasterStartTime: string;
  /** Names of other people's changes that a restart would bring up, as listed on the approved card. */
  pendingEdits: string[];
  tls: boolean;
  /** File the settings are written to; absent: ALTER SYSTEM, where nothing is included or auto.conf would win over it. */
  settingsFile?: string;
  /** Somebody would notice the test record (a publication, an event trigger), so none is written. */
  noRecord?: true;
}

/** What a running server was doing when it was looked at. The card shows it, and the swap tolerates no more. */
export interface ServerUse {
  /** Client backends other than ours. */
  clientSessions: number;
  walSenders: number;
  /** End of the WAL it had flushed; null in recovery, where it writes none of its own. */
  walLsn: string | null;
}

/** A directory of the copy that lies outside of its data directory; a link in there leads to it. */
export interface LinkedDirectory {
  /** `pg_wal` or `pg_tblspc/<oid>`. */
  link: string;
  /** Real path on the follower, in the end. */
  path: string;
  /** Where the copy is made; in place: `path`. */
  incoming: string;
  /** Where an old directory of this path is moved. */
  replaced: string;
  /** Of a tablespace: its location on the leader. */
  leaderPath?: string;
}

/** A directory of the old cluster that lies outside of its data directory, and is moved aside, or emptied, with it. */
export interface OldLinkedDirectory {
  link: string;
  path: string;
  replaced: string;
}

/** A directory that an operation has set aside: what was there before, or the copy that an undo moved away. */
export interface KeptDirectory {
  /** The operation that set it aside. */
  op: string;
  kind: 'replaced' | 'displaced';
  /** Where in the data directory a link leads to it; absent: it is the data directory. */
  link?: string;
  /** Where it was, or was meant to be. */
  path: string;
  /** Where it lies now. */
  keptAs: string;
  /** 0 where counting took too long. */
  sizeBytes: number;
}

/** What an undo or a purge needs besides; only of their runs. */
export interface Reversal {
  /** The undo: what comes back. The purge: what goes. */
  directories: KeptDirectory[];
  /** When the operation was closed that replaced the data; ISO time, absent: it is still open. */
  replacedAt?: string;
  /** The undo: its former server ran when it was stopped for the swap, so it is started again. */
  startsFormer?: true;
  /** The undo: keys of our lines in the follower's pg_hba.conf. */
  hbaKeys?: string[];
  /** The undo: what the operation made and is taken back, by kind. */
  made?: { slot?: string; hbaLine?: string; role?: string; passfile?: string };
  /** The purge: former data goes for good, so the follower must be proved to stream. */
  needsStream?: true;
}

export interface FollowerTarget {
  name: string;
  host: string;
  /** The source address the leader will see. */
  clientAddress: string;
  location: ClusterLocation;
  machineId: string;
  op: Operation;
  class: FollowerClass;
  remedy: Remedy;
  /** Of a copy; without a meaning for every other remedy. */
  mode: CopyMode;
  /** A run before held the server's autostart and did not get to release it: the start does. */
  autostartHeld?: true;
  /** Only for a repair. */
  repairs?: Repair[];
  /** The password of its own role is lost, so the role gets a new one: part of the leader's card. */
  renewsPassword?: true;
  role: string;
  slotName: string;
  /** `application_name` of the follower's WAL receiver. */
  applicationName: string;
  passfile: string;
  /** Where the copy is made; in place it is the data directory. */
  incomingDirectory: string;
  replacedDirectory: string;
  /** What the copy has outside of its data directory; absent when there is nothing. */
  linked?: LinkedDirectory[];
  /** What the old cluster has there. */
  oldLinked?: OldLinkedDirectory[];
  /** 64 hex digits; what the approval is bound to. */
  fingerprint: string;
  /** What the fingerprint is the digest of, so that a difference can be named; long lines are shortened. */
  fingerprintLines: string[];
  /** False where the follower has no data directory yet: nothing is moved aside. */
  hasOldDirectory: boolean;
  /** Other followers whose address the survey did not know: no line for a later switchover lets them in. */
  unknownPeers: string[];
  /** Absent: no server of its own ran. */
  use?: ServerUse;
  reversal?: Reversal;
}
