import type { Problem } from './failure.js';
import type { StepId } from './steps.js';
import type { WindowNote } from './time-window.js';
import type {
  AutoConfTable,
  CardChanges,
  CopyRoom,
  Destroyed,
  MountRoom,
  PlannedStep,
  SwapLook,
} from './card.js';
import type { FollowerTarget, LeaderTarget } from './target.js';

export interface Finding extends Problem {
  severity: 'blocker' | 'warning' | 'info';
  /** Name of the host it is about; absent for the whole run. */
  host?: string;
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
