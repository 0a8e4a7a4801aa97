import { defaultPayloadConverter } from '@temporalio/client';
import type { CopyProgress } from '../workflows/contract/activities.js';
import type { Problem } from '../workflows/contract/failure.js';
import type { BranchState, RunPhase, RunState } from '../workflows/contract/run-state.js';
import type { TemporalLink } from './connection.js';
import { CommandFailure, commandFailure } from './failure.js';
import { printable, printableDeep } from './render/printable.js';
import { describeRun, queryRunState, runResult, stuckProblem, versionProblem } from './runs.js';
import type { RunDescription } from './runs.js';

/** A copy under way, as the worker's last sign of life told it. */
export interface ProgressView extends CopyProgress {
  /** ms since the worker saw it. */
  ageMs: number;
  /** Absent while there is no rate. */
  etaSeconds?: number;
}

/** A step that Temporal tries again and again. */
export interface RetryView {
  step: string;
  attempt: number;
  code?: string;
  message: string;
  /** ISO time; absent while an attempt is under way. */
  nextTryAt?: string;
}

/** What `show` and `watch` know of a run; `--json` prints it as it is. */
export interface RunView extends RunState {
  workflowId: string;
  runId: string;
  /** Temporal's own: RUNNING, COMPLETED, TERMINATED … */
  status: string;
  /** `absent`: no worker answered, so this is only what the server itself knows. */
  worker: 'seen' | 'absent';
  /** When this was looked at; ISO. */
  at: string;
  /** What the run waits for, e.g. `approve wipe-follower/follower1`. */
  needs: string[];
  /** By follower. */
  progress: Record<string, ProgressView>;
  /** By follower, or `leader` (its name) for what happens once. */
  retry: Record<string, RetryView>;
  /** What is wrong with the run as a whole, beside its steps. */
  problem?: Problem;
}

/** Result of a closed run, else the worker's answer, else memo and description. */
export async function readRunView(link: TemporalLink, cluster: string): Promise<RunView> {
  return viewOf(link, await describeRun(link, cluster), cluster);
}

export async function viewOf(link: TemporalLink, run: RunDescription, cluster: string): Promise<RunView> {
  if (run.status === 'COMPLETED') return around(run, await runResult(run), 'seen');
  if (run.status !== 'RUNNING') return around(run, fromMemo(run, cluster), 'absent', endedUnfinished(run));
  const known = versionProblem(run) ?? stuckProblem(run);
  if (known !== undefined) return around(run, fromMemo(run, cluster), 'absent', known);
  try {
    const state = await queryRunState(link, run);
    if (state !== undefined) return around(run, state, 'seen');
    return around(run, fromMemo(run, cluster), 'absent', await whyAbsent(link, cluster));
  } catch (error) {
    // A worker answered that it cannot: code and run do not fit each other.
    return around(run, fromMemo(run, cluster), 'seen', stuck(error));
  }
}

/** The first failing task may be seen only after the query has waited for it in vain. */
async function whyAbsent(link: TemporalLink, cluster: string): Promise<Error> {
  const again = await describeRun(link, cluster);
  return stuckProblem(again) ?? commandFailure('WORKER_ABSENT', 'no worker has answered within five seconds');
}

function stuck(error: unknown): Error {
  const detail = error instanceof Error ? error.message : String(error);
  return commandFailure('RUN_STUCK', "the worker cannot answer for the run: the run's own code fails", {
    detail,
  });
}

function endedUnfinished(run: RunDescription): Error {
  return commandFailure(
    'RUN_CLOSED',
    `the run ended from outside (${run.status.toLowerCase()}) and took nothing back`,
    {
      hint: '`runbook start` begins another one, which finds on the hosts what this one has done.',
    },
  );
}

function around(run: RunDescription, state: RunState, worker: RunView['worker'], problem?: Error): RunView {
  const { workflowId, runId, status } = run;
  const now = Date.now();
  return {
    ...state,
    workflowId,
    runId,
    status,
    worker,
    at: new Date(now).toISOString(),
    needs: run.status === 'RUNNING' ? (run.memo?.needs ?? []) : [],
    ...pendingOf(run, now),
    ...(problem instanceof CommandFailure ? { problem: printableDeep(problem.problem) } : {}),
  };
}

const PHASES: readonly RunPhase[] = [
  'planning',
  'waiting',
  'window',
  'working',
  'blocked',
  'undoing',
  'closed',
];

function fromMemo(run: RunDescription, cluster: string): RunState {
  const unknown: BranchState = { phase: 'planning', steps: [], gates: [], leftovers: [] };
  return {
    version: 1,
    cluster,
    phase:
      run.status === 'RUNNING' ? (PHASES.find((phase) => phase === run.memo?.phase) ?? 'planning') : 'closed',
    requester: '',
    startedAt: run.startedAt,
    ...(run.closedAt === undefined ? {} : { endedAt: run.closedAt }),
    leader: unknown,
    followers: {},
    decisions: [],
    findings: [],
  };
}

function pendingOf(run: RunDescription, now: number): Pick<RunView, 'progress' | 'retry'> {
  const progress: Record<string, ProgressView> = {};
  const retry: Record<string, RetryView> = {};
  for (const pending of run.raw.pendingActivities ?? []) {
    // The workflow names its activities `<step>/<branch>`.
    const [step = '', branch = ''] = printable(pending.activityId ?? '').split('/');
    const [details] = (pending.heartbeatDetails?.payloads ?? []).map((payload): unknown =>
      defaultPayloadConverter.fromPayload(payload),
    );
    if (isCopyProgress(details)) {
      progress[branch] = { ...printableDeep(details), ageMs: Math.max(0, now - Date.parse(details.at)) };
    }
    const failure = pending.lastFailure;
    if (failure && (pending.attempt ?? 1) > 1) {
      const code = failure.applicationFailureInfo?.type;
      retry[branch] = {
        step,
        attempt: pending.attempt ?? 1,
        ...(code == null || code === '' ? {} : { code: printable(code) }),
        message: printable(failure.message ?? ''),
        ...nextTry(pending.nextAttemptScheduleTime),
      };
    }
  }
  return { progress, retry };
}

function nextTry(at: { seconds?: unknown } | null | undefined): Pick<RetryView, 'nextTryAt'> {
  const seconds = Number(at?.seconds ?? Number.NaN);
  return Number.isFinite(seconds) ? { nextTryAt: new Date(seconds * 1_000).toISOString() } : {};
}

function isCopyProgress(value: unknown): value is CopyProgress {
  if (typeof value !== 'object' || value === null) return false;
  const { bytesDone, bytesTotal, at, phase } = value as Partial<CopyProgress>;
  return (
    typeof bytesDone === 'number' &&
    typeof bytesTotal === 'number' &&
    typeof at === 'string' &&
    typeof phase === 'string'
  );
}
