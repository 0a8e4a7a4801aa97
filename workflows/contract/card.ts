import type { StepId } from './steps.js';
import type { ServerUse } from './target.js';

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
