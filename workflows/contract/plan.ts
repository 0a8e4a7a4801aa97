import type { Problem } from './failure.js';
import type { StepId } from './steps.js';
import type { WindowNote } from './time-window.js';

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

export interface Finding extends Problem {
  severity: 'blocker' | 'warning' | 'info';
  /** Name of the host it is about; absent for the whole run. */
  host?: string;
}

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

/** A look at the follower and its slot right before the swap. */
export interface SwapLook {
  /** ISO time on the worker. */
  at: string;
  /** Of the data directory as it is now, for the leader, class and mode of the approved one. */
  fingerprint: string;
  fingerprintLines: string[];
  /** Absent: the old server is stopped. */
  use?: ServerUse;
  /** The use is still what the card says, within the tolerances. */
  tolerated: boolean;
  /** Who is connected: one line each, at most 10. */
  connected: string[];
  /** WAL the copy's slot holds back on the leader. */
  retainedWalBytes: number;
  /** The rehearsed copy streams from it. */
  streams: boolean;
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

export interface PlannedStep {
  step: StepId;
  /** Name of the host the commands run on. */
  host: string;
  what: string;
  /** Exactly what the journal of a real run will hold. */
  commands: string[];
  /** What the commands make of a file; for reading, made when the plan was. Not part of any fingerprint. */
  diff?: FileDiff;
}

/** Hunks of a unified diff with three lines of context. */
export interface FileDiff {
  /** Absolute path. */
  file: string;
  /** From the first `@@` on. Secrets are left out, long lines cut. */
  lines: string[];
  /** How many lines more there are; absent when all are shown. */
  omitted?: number;
}

/** One setting of the new postgresql.auto.conf; values that may hold a secret are not shown. */
export interface SettingRow {
  name: string;
  /** The leader's running value, where it was read. */
  leader?: string;
  follower?: string;
  /** Absent: dropped. */
  result?: string;
}

export interface AutoConfTable {
  rows: SettingRow[];
  /** How many settings more there are. */
  omitted: number;
}

/** The arithmetic of a copy, bytes. */
export interface CopyRoom {
  dataBytes: number;
  /** For what is written meanwhile. */
  growthBytes: number;
  /** Of the file system; stays free. */
  reserveBytes: number;
  /** The three together. */
  neededBytes: number;
  /** With what the wipe frees. */
  freeBytes: number;
  /** In place: what the wipe frees. */
  freedBytes?: number;
  /** What is free after the copy. */
  leftBytes: number;
}

/** The same for another file system that a tablespace or pg_wal lies on. */
export interface MountRoom {
  mount: string;
  room: CopyRoom;
}

/** What the swap takes out of service, or the wipe deletes, shown on the card. */
export interface Destroyed {
  host: string;
  path: string;
  /** Mount point the directory lies on. */
  mount: string;
  sizeBytes: number;
  /** Names, the first 20 at most; the others are one last entry, `… and 37 more`. */
  databases: string[];
  systemIdentifier?: string;
  /** ISO time of the newest file in the data directory. */
  lastWrite?: string;
  /** Bytes of each database, where its server told them. */
  databaseSizes?: Record<string, number>;
  /** The databases could not be listed: its server does not run. */
  unlisted?: true;
  /** What is gone for good with it, or left behind elsewhere, a sentence each. */
  lost?: string[];
  /** Where the data will lie afterwards; absent: it is deleted. */
  movedTo?: string;
  /** What lies outside of the data directory and goes with it, a line each; shortened as `databases` is. */
  elsewhere?: string[];
}

/** One fact of a card that is not what it was on the card before; empty text: it was not there, or is not. */
export interface CardChange {
  what: string;
  from: string;
  to: string;
}

export interface CardChanges {
  /** ISO time of the card before. */
  since: string;
  lines: CardChange[];
}

export interface LeaderPlan {
  target: LeaderTarget;
  /** False: nothing to change, no gate. */
  needsGate: boolean;
  fingerprint: string;
  steps: PlannedStep[];
  /** `pendingEdits`: shortened as `databases` is; the target has all of them. */
  restart?: { reasons: string[]; pendingEdits: string[] };
  /** Only where the leader was surveyed again. */
  changes?: CardChanges;
  databaseBytes: number;
  serverVersion: string;
}

export interface FollowerPlan {
  target: FollowerTarget;
  /** `healthy`: nothing to do, no gate. */
  needsGate: boolean;
  /** What must be typed at its gate besides the name. */
  identifier?: string;
  /** The steps its remedy takes, of all the runbook's steps; decided by planning/remedy.ts. */
  course: StepId[];
  steps: PlannedStep[];
  destroys?: Destroyed;
  /** What the swap will meet; only once the copy is complete and a person is asked. */
  beforeSwap?: SwapLook;
  /** Only where the follower was surveyed again. */
  changes?: CardChanges;
  copyBytes: number;
  freeBytes: number;
  room?: CopyRoom;
  otherRooms?: MountRoom[];
  autoConf?: AutoConfTable;
  /** Rough; `basis` says where it comes from. */
  seconds: number;
  basis: string;
  serverVersion: string;
  /** A slot of ours that is already there, with the WAL it retains (a restarted run only). */
  retainedWalBytes?: number;
  /** Why the follower is called what it is, and what is missing on a healthy one; shortened as `databases` is. */
  remarks: string[];
}

/** What a run will do. Only facts a person can check and commands a person could type. */
export interface Plan {
  cluster: string;
  /** ISO time. */
  madeAt: string;
  leader?: LeaderPlan;
  followers: Record<string, FollowerPlan>;
  findings: Finding[];
  /** When copies may begin and swaps may happen, seen from `madeAt`; absent: at any time. */
  windows?: { copy?: WindowNote; swap?: WindowNote };
}

export const blockersOf = (plan: Plan, host?: string): Finding[] =>
  plan.findings.filter(
    (finding) => finding.severity === 'blocker' && (host === undefined || finding.host === host),
  );
