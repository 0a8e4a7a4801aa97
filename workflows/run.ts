import { CancellationScope, setCurrentDetails, upsertMemo, uuid4, workflowInfo } from '@temporalio/workflow';
import { activitiesFor } from './activities.js';
import type { RunActivities } from './activities.js';
import type { ShownCard } from './card.js';
import type { Claimant } from './contract/activities.js';
import type { RunInput, RunMemo } from './contract/input.js';
import type { ResumeInput } from './contract/messages.js';
import { WORKFLOW_VERSION } from './contract/names.js';
import type { Plan } from './contract/plan.js';
import { branchOf, initialRunState, LEADER_BRANCH, memoOf, reduceRunState } from './contract/reducer.js';
import type { RunEvent } from './contract/reducer.js';
import type { BranchState, RunState } from './contract/run-state.js';
import type { StepId } from './contract/steps.js';
import { detailsOf } from './details.js';
import { notify } from './notify.js';

/** The leader's part, or one follower's: what it needs beside its published state. */
export interface Branch {
  readonly name: string;
  /** 8 hex digits: the operation's id, unless the survey finds one to adopt. */
  readonly op: string;
  readonly scope: CancellationScope;
  /** Somebody, or Temporal itself, asked this branch to end. */
  cancelled: boolean;
  /** A person's answer to the failure the branch is parked on. */
  answer?: ResumeInput;
  /** A step that writes on a host has begun, so there may be something to take back. */
  wrote: boolean;
  /** The card its gate showed last. */
  card?: ShownCard;
  /** The facts of its open card shall be read again. */
  refresh?: boolean;
  /** Its plan is for a former configuration: why it is made anew, for the card. */
  replan?: string;
  /** Why its gate opens again, for the card. */
  because?: string;
  /** How often in a row a step found that the facts had changed since their approval. */
  outdated: { step: StepId; times: number } | undefined;
  /**
   * Where the branch stands to the step that cannot be taken back. `wiped`: in place the old data is gone, and the
   * copy, not yet in service, can still be given up.
   */
  swap: 'before' | 'running' | 'wiped' | 'after';
  /** The last attempt at that step met more use than its card says. */
  inUse?: boolean;
  ended: boolean;
}

export interface Run {
  /** `reconfigure` puts another configuration in. */
  input: RunInput;
  readonly claimant: Claimant;
  readonly activities: RunActivities;
  readonly leader: Branch;
  readonly followers: readonly Branch[];
  /** Steps that happen once per run; `settled` when they may run again for another plan. */
  readonly once: Map<StepId, { done: Promise<void>; settled: boolean }>;
  /** Followers that copy or wait for their turn, in order. */
  readonly copyQueue: string[];
  /** Notifications on their way. */
  telling: number;
  /** The leader's card being made anew. */
  refreshing?: Promise<void>;
  plan: Plan | undefined;
  state: RunState;
}

/** Must be called before the first await: operation ids and scopes belong to the run's first moment. */
export function createRun(input: RunInput): Run {
  const run: Run = {
    input,
    claimant: claimantOf(input),
    activities: activitiesFor(input.timings),
    leader: createBranch(LEADER_BRANCH),
    followers: input.config.followers.map(({ name }) => createBranch(name)),
    once: new Map(),
    copyQueue: [],
    telling: 0,
    plan: undefined,
    state: initialRunState(input, now()),
  };
  setCurrentDetails(detailsOf(run.state));
  return run;
}

/** The only way the published state changes. The memo costs an event, so it follows changes only. */
export function dispatch(run: Run, event: RunEvent): void {
  const before = JSON.stringify(memoOf(run.state));
  run.state = reduceRunState(run.state, event);
  if (JSON.stringify(memoOf(run.state)) !== before) noteMemo(run);
  setCurrentDetails(detailsOf(run.state));
  notify(run, event);
}

export const noteMemo = (run: Run): void => {
  upsertMemo({ ...memoFor(run) });
};

export const now = (): string => new Date().toISOString();

/** As far as known: configured, or the source address the survey has found; empty for none. */
export const followerAddresses = (run: Run): Record<string, string> =>
  Object.fromEntries(
    run.input.config.followers.map(({ name, address }) => [
      name,
      address ?? run.plan?.followers[name]?.target.clientAddress ?? '',
    ]),
  );

export const newOperationId = (): string => uuid4().slice(0, 8);

export function branchState(run: Run, branch: Branch): BranchState {
  const state = branchOf(run.state, branch.name);
  if (state === undefined) throw new Error(`no branch ${branch.name}`);
  return state;
}

function claimantOf({ server, requester }: RunInput): Claimant {
  const { workflowId, runId } = workflowInfo();
  return { workflowId, runId, server, requester };
}

function createBranch(name: string): Branch {
  return {
    name,
    op: newOperationId(),
    scope: new CancellationScope(),
    cancelled: false,
    wrote: false,
    outdated: undefined,
    swap: 'before',
    ended: false,
  };
}

function memoFor(run: Run): RunMemo {
  const { config, configDigest } = run.input;
  return {
    version: 1,
    workflowVersion: WORKFLOW_VERSION,
    cluster: config.cluster,
    configDigest,
    ...memoOf(run.state),
  };
}
