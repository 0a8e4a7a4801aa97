import type { NotifyConfig, RunConfig } from './config.js';
import type { Holder } from './failure.js';
import type { Decision } from './gates.js';
import type { Notification } from './notification.js';
import type { ReadReportInput, ReportInput, RunReport } from './report.js';
import type { BranchSummary } from './run-state.js';
import type { SwapLook } from './card.js';
import type { Plan } from './plan.js';
import type { FollowerTarget, LeaderTarget, ReversalKind } from './target.js';

/** Who is at work: stands in every operation record. */
export interface Claimant {
  workflowId: string;
  runId: string;
  server: string;
  requester: string;
}

export interface SurveyInput {
  config: RunConfig;
  claimant: Claimant;
  /** Operation ids (8 hex) minted by the workflow: one per follower, used unless an open one is adopted. */
  ops: Record<string, string>;
  /** Ids for the leader's side, likewise one per follower. */
  leaderOp: string;
  /** Addresses of all followers by name, as known so far, also of those that are not looked at; empty: not known. */
  addresses: Record<string, string>;
}

export interface ReversalSurveyInput extends SurveyInput {
  kind: ReversalKind;
}

export interface StepInput {
  config: RunConfig;
  claimant: Claimant;
  leader: LeaderTarget;
  follower: FollowerTarget;
  /** The decisions that cover this step: the leader's, the follower's. */
  approvals: Decision[];
  /** Only for the steps of the copy: how long it may stand still before a person is asked. */
  copyStallMs?: number;
  /** Only for `prepareSwitchover`: addresses of all followers by name; empty: not known. */
  addresses?: Record<string, string>;
}

export interface LeaderStepInput {
  config: RunConfig;
  claimant: Claimant;
  leader: LeaderTarget;
  approvals: Decision[];
}

export interface TakeOverInput {
  config: RunConfig;
  claimant: Claimant;
  /** Name of the leader or a follower, as configured. */
  host: string;
  /** Real path on that host. */
  dataDirectory: string;
  holder: Holder;
  /** Who decided it. */
  by: string;
}

export interface NotifyInput {
  to: NotifyConfig;
  notification: Notification;
}

export interface StepResult {
  changed: boolean;
  /** One line: what was seen that proves the step is done. */
  evidence: string;
  summary?: BranchSummary;
  /** What the step could not do and a person has to know, each with the command that does it. */
  leftovers?: string[];
}

/** What a compensation could not take back, each line with the command that does. */
export interface UndoResult {
  leftovers: string[];
}

/** Detail of the heartbeat of the copy, and of its rehearsal (`replaying`, bytes of WAL); read by `watch` through describe(), costs no history. */
export interface CopyProgress {
  phase: CopyPhase;
  bytesDone: number;
  /** The leader's estimate; 0: not known yet. */
  bytesTotal: number;
  /** ISO time on the worker. */
  at: string;
  /** The job's directory on the follower. */
  job: string;
  /** Of the last half minute; absent while there is nothing to compare with. */
  bytesPerSecond?: number;
  /** The leader could not be asked: the bytes are those on the follower's disk. */
  leaderUnreachable?: true;
  /** Since when the copy has not grown, neither as the leader nor as the disk shows it; ISO. */
  standsStillSince?: string;
  wal?: WalWatch;
  /** Whoever `notify` names was told that it is half of what it may be. */
  walTold?: true;
}

export type CopyPhase =
  | 'starting'
  | 'waiting for checkpoint'
  | 'copying'
  | 'waiting for WAL archiving'
  | 'finalising'
  | 'verifying'
  | 'replaying';

/** The WAL that the copy's slot holds back on the leader. */
export interface WalWatch {
  retainedBytes: number;
  /** What it may hold back; absent: neither a bound nor the free space is known. */
  budgetBytes?: number;
  /** How fast that grows; absent while it does not. */
  bytesPerSecond?: number;
}

/**
 * Everything the workflows may ask of the outside world. Declared here, so that neither pg's nor
 * ssh2's types (which drag node's globals in) can reach workflow code.
 */
export interface Activities {
  surveyAndPlan(input: SurveyInput): Promise<Plan>;
  /** The survey of an undo or a purge: what was set aside, and what stands against taking it back or away. Reads only. */
  surveyReplaced(input: ReversalSurveyInput): Promise<Plan>;
  ensureCredentials(input: StepInput): Promise<StepResult>;
  ensureLeaderSettings(input: LeaderStepInput): Promise<StepResult>;
  ensureLeaderHbaRule(input: StepInput): Promise<StepResult>;
  restartLeader(input: LeaderStepInput): Promise<StepResult>;
  proveAccess(input: StepInput): Promise<StepResult>;
  wipeDataDirectory(input: StepInput): Promise<StepResult>;
  ensureSlot(input: StepInput): Promise<StepResult>;
  takeBaseBackup(input: StepInput): Promise<StepResult>;
  verifyBaseBackup(input: StepInput): Promise<StepResult>;
  configureFollower(input: StepInput): Promise<StepResult>;
  rehearseFollower(input: StepInput): Promise<StepResult>;
  /** Keeps the rehearsal going until it is cancelled, or the copy is in place. */
  keepRehearsal(input: StepInput): Promise<void>;
  /** Reads only. */
  lookBeforeSwap(input: StepInput): Promise<SwapLook>;
  swapDataDirectory(input: StepInput): Promise<StepResult>;
  startFollower(input: StepInput): Promise<StepResult>;
  verifyStreaming(input: StepInput): Promise<StepResult>;
  prepareSwitchover(input: StepInput): Promise<StepResult>;
  closeOperation(input: StepInput): Promise<StepResult>;
  undoReplacement(input: StepInput): Promise<StepResult>;
  withdrawFromLeader(input: StepInput): Promise<StepResult>;
  purgeReplaced(input: StepInput): Promise<StepResult>;
  /** Takes back what this operation made for one follower: job, slot, incoming directory, hba line, role, password file. */
  undoFollower(input: StepInput): Promise<UndoResult>;
  /** Takes back the leader's settings file, when no follower of this run needs it. */
  undoLeader(input: LeaderStepInput): Promise<UndoResult>;
  /** Makes a holder's open operations on one data directory those of this run, which then adopts them. */
  takeOver(input: TakeOverInput): Promise<StepResult>;
  notify(input: NotifyInput): Promise<void>;
  /** Gathers what the run did, and keeps it on the worker's disk. */
  writeReport(input: ReportInput): Promise<{ folder: string }>;
  readReport(input: ReadReportInput): Promise<RunReport>;
}
