import type { GateKind } from './gates.js';

/** The runbook's steps in their order. Progress, plans, reports and docs all render from this table. */
export interface StepDefinition {
  id: StepId;
  /** Its place in the runbook, as plans and cards print it. */
  number: number;
  title: string;
  /** Whose state the step changes, or reads. */
  where: 'leader' | 'follower' | 'both' | 'none';
  /** What the step changes, in a few words; `undefined` when it only reads. */
  changes?: string;
  /** `wipe-follower` stands for the follower's own gate, whichever its remedy needs. */
  gate?: 'change-leader' | 'wipe-follower';
  skippable: boolean;
  /** Once per run rather than once per follower. */
  once: boolean;
  /**
   * How long retryable errors are retried before a person is asked, in ms; `Infinity`: never asked.
   * Time, never attempts: every orderly shutdown of a worker uses up one attempt.
   */
  patienceMs: number;
}

export type StepId =
  | 'surveyAndPlan'
  | 'ensureCredentials'
  | 'ensureLeaderSettings'
  | 'ensureLeaderHbaRule'
  | 'restartLeader'
  | 'proveAccess'
  | 'ensureSlot'
  | 'takeBaseBackup'
  | 'verifyBaseBackup'
  | 'configureFollower'
  | 'rehearseFollower'
  | 'swapDataDirectory'
  | 'startFollower'
  | 'verifyStreaming'
  | 'prepareSwitchover'
  | 'closeOperation';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const step = (
  number: number,
  id: StepId,
  title: string,
  where: StepDefinition['where'],
  rest: Partial<StepDefinition> = {},
): StepDefinition => ({
  number,
  id,
  title,
  where,
  skippable: false,
  once: false,
  patienceMs: 15 * MINUTE,
  ...rest,
});

const leaderGate = { gate: 'change-leader' } as const;
const followerGate = { gate: 'wipe-follower' } as const;

export const STEPS: readonly StepDefinition[] = [
  step(1, 'surveyAndPlan', 'Survey the hosts and plan', 'both', { once: true, patienceMs: 30 * SECOND }),
  step(2, 'ensureCredentials', 'Credentials', 'both', {
    changes: 'password file on the follower, replication role on the leader',
    ...leaderGate,
  }),
  step(3, 'ensureLeaderSettings', 'Leader settings', 'leader', {
    changes: 'settings that replication needs',
    once: true,
    ...leaderGate,
  }),
  step(4, 'ensureLeaderHbaRule', 'pg_hba.conf rule on the leader', 'leader', {
    changes: 'one line in pg_hba.conf, then a reload',
    ...leaderGate,
  }),
  step(5, 'restartLeader', 'Restart the leader', 'leader', {
    changes: 'restarts PostgreSQL on the leader, if a setting needs it',
    once: true,
    ...leaderGate,
  }),
  step(6, 'proveAccess', 'Prove access from the follower', 'both'),
  step(7, 'ensureSlot', 'Replication slot', 'leader', {
    changes: 'one physical replication slot on the leader',
    ...followerGate,
  }),
  step(8, 'takeBaseBackup', 'Base backup', 'follower', {
    changes: 'copies the leader into a new directory beside the old one',
    patienceMs: Number.POSITIVE_INFINITY,
    ...followerGate,
  }),
  step(9, 'verifyBaseBackup', 'Verify the base backup', 'follower', {
    patienceMs: Number.POSITIVE_INFINITY,
    ...followerGate,
  }),
  step(10, 'configureFollower', 'Configure the follower', 'follower', {
    changes: 'postgresql.auto.conf of the new directory',
    ...followerGate,
  }),
  step(11, 'rehearseFollower', 'Rehearse the follower', 'both', {
    changes: 'starts PostgreSQL on the new directory, on a private socket beside the old server',
    skippable: true,
    ...followerGate,
  }),
  step(12, 'swapDataDirectory', 'Swap the data directory', 'follower', {
    changes: 'stops the old server and moves its data directory aside',
    ...followerGate,
  }),
  step(13, 'startFollower', 'Start the follower', 'follower', {
    changes: 'starts PostgreSQL on the new directory',
    ...followerGate,
  }),
  step(14, 'verifyStreaming', 'Verify streaming', 'both', {
    changes: 'writes a marker on the leader and reads it on the follower',
    ...followerGate,
  }),
  step(15, 'prepareSwitchover', 'Prepare a later switchover', 'follower', {
    changes: "lines in the follower's pg_hba.conf",
    skippable: true,
    ...followerGate,
  }),
  step(16, 'closeOperation', 'Close the operation', 'both', { changes: 'our own record on the hosts' }),
];

const BY_ID = new Map(STEPS.map((definition) => [definition.id, definition]));

/** Whether a gate of this kind covers the step; a follower's own gate covers all that is the follower's. */
export function isCoveredBy(id: StepId, kind: GateKind): boolean {
  const { gate } = stepDefinition(id);
  return gate !== undefined && (gate === 'change-leader') === (kind === 'change-leader');
}

/** Attaches to a job on the host, which takes as long as it takes. */
export const isJobStep = (id: StepId): boolean => id === 'takeBaseBackup' || id === 'verifyBaseBackup';

export function stepDefinition(id: StepId): StepDefinition {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}
