import type { CopyMode } from './target.js';
import type { TimeWindow } from './time-window.js';

/**
 * The runbook's configuration after the client has read, checked and normalised it.
 * Sizes are bytes, times are milliseconds, paths are the worker's.
 */
export interface RunConfig {
  cluster: string;
  leader: LeaderConfig;
  followers: FollowerConfig[];
  ssh: SshConfig;
  replication: ReplicationConfig;
  copy: CopyConfig;
  approval: ApprovalConfig;
  notify?: NotifyConfig;
}

/** Whom the worker tells when somebody is needed; both are its own machine's and network's. */
export interface NotifyConfig {
  /** A program and its arguments; it reads the notification as JSON from its stdin. */
  command?: string[];
  /** Where the same JSON is posted to. */
  webhook?: string;
}

export interface HostConfig {
  /** The name a person types at a gate: `[a-z][a-z0-9-]{0,30}`. */
  name: string;
  /** Where ssh connects to: a DNS name or an address. */
  host: string;
  sshPort: number;
  /** Pins one PostgreSQL cluster where a host has several. */
  postgres?: { version?: string; cluster?: string };
}

export interface LeaderConfig extends HostConfig {
  /** The address followers connect to. */
  address: string;
}

export interface FollowerConfig extends HostConfig {
  /** The address the leader sees; default: the source address the follower's own routing picks. */
  address?: string;
}

export interface SshConfig {
  user: string;
  identityFile: string;
  knownHosts: string;
}

/** Where the worker finds the password; never the password itself. */
export type PasswordSource =
  { kind: 'file'; path: string } | { kind: 'env'; name: string } | { kind: 'generate' };

export interface ReplicationConfig {
  /** Role name; with `generate` every follower gets `<role>_<follower>` of its own. */
  role: string;
  password: PasswordSource;
  /** Bound for `max_slot_wal_keep_size`, set only where the leader has none. */
  slotWalLimitBytes?: number;
  acceptUnboundedSlot: boolean;
  prepareSwitchover: boolean;
  tls: 'require' | 'off';
}

/** `auto`: side by side where that is possible, else in place. */
export type CopyModePolicy = 'auto' | CopyMode;

export interface CopyConfig {
  /** Copies that may run at the same time. */
  concurrency: number;
  maxRateBytesPerSecond?: number;
  checkpoint: 'fast' | 'spread';
  mode: CopyModePolicy;
  /** By the leader, for the way to the follower; absent: not. Only PostgreSQL 15 and newer can. */
  compress?: 'zstd';
  /** A copy begins only while it is open; one that has begun goes on. */
  beginWindow?: TimeWindow;
}

/**
 * Whether the plan's approval covers the swap (`with-plan`, where little can be lost), or a gate right before it does.
 * `window`: as `with-plan`, but the swap waits for its window.
 */
export type SwapPolicy = 'with-plan' | 'ask' | 'window';

export interface ApprovalConfig {
  /** Empty: anybody may approve. */
  approvers: string[];
  /** The approver must not be the one who started the run. */
  fourEyes: boolean;
  /** An open gate rejects itself after this time. */
  expireAfterMs: number;
  /** A decision may be acted upon for this long; time spent parked counts. */
  validForMs: number;
  swap: SwapPolicy;
  /** Only with `swap: window`. */
  swapWindow?: TimeWindow;
  /** How much WAL the follower's old server may have written between its card and the swap. */
  driftWalBytes: number;
}
