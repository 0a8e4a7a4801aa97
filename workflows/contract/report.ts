import type { RunConfig } from './config.js';
import type { ClusterLocation } from './target.js';
import type { RunState } from './run-state.js';

/** What is told of a run for good: a change ticket's attachment. Has no secret. */
export interface RunReport {
  version: 1;
  workflowId: string;
  runId: string;
  /** How it ended: steps with times and evidence, decisions, answers, findings, what is left or different now. */
  state: RunState;
  /** The leader first; only hosts on which the run had something to do. */
  hosts: HostReport[];
}

export interface HostReport {
  name: string;
  /** Our journal there, oldest first: what this run's operations did. */
  commands: JournalEntry[];
  /** Files that were edited, as they were and as they are now; without their secrets. */
  files: EditedFile[];
  /** Why nothing, or not all, can be told. */
  gap?: string;
}

export interface JournalEntry {
  /** ISO time on the host. */
  at: string;
  step: string;
  by: string;
  commands: string[];
}

export interface EditedFile {
  path: string;
  /** Unified diff without its two head lines. */
  diff: string[];
}

/** A host on which the run may have changed something. */
export interface ReportedHost {
  name: string;
  location: ClusterLocation;
  /** Of the operations this run had there. */
  ops: string[];
  /** The leader's file for our settings. */
  settingsFile?: string;
}

export interface ReportInput {
  config: RunConfig;
  workflowId: string;
  runId: string;
  state: RunState;
  hosts: ReportedHost[];
}

/** Which report: of the run that ended last, unless one is named. */
export interface ReadReportInput {
  cluster: string;
  runId: string;
}
