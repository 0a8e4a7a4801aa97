import type { GateKind } from './gates.js';
import type { CopyMode } from './target.js';

/** The runbook's steps in their order. Progress, plans, reports and docs all render from this table. */
export interface StepDefinition {
  id: StepId;
  /**
   * Its number in the runbook, as plans and cards print it. 12 is what takes the old data out of service, which in
   * place comes before the copy. The order is that of the table.
   */
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
  | 'wipeDataDirectory'
  | 'ensureSlot'
  | 'takeBaseBackup'
  | 'verifyBaseBackup'
  | 'configureFollower'
  | 'rehearseFollower'
  | 'swapDataDirectory'
  | 'startFollower'
  | 'verifyStreaming'
  | 'prepareSwitchover'
  | 'closeOperation'
  | 'undoReplacement'
  | 'withdrawFromLeader'
  | 'purgeReplaced';

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
  step(12, 'wipeDataDirectory', 'Empty the data directory', 'follower', {
    changes: 'stops the old server and deletes its data, which cannot be undone',
    ...followerGate,
  }),
  step(7, 'ensureSlot', 'Replication slot', 'leader', {
    changes: 'one physical replication slot on the leader',
    ...followerGate,
  }),
  step(8, 'takeBaseBackup', 'Base backup', 'follower', {
    changes: 'copies the leader into a new directory beside the old one, or into the emptied one',
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

/** The steps that take the follower's old data out of service: one or the other is in the course of every copy. */
export const REPLACING_STEPS = ['wipeDataDirectory', 'swapDataDirectory'] as const;
export type ReplacingStep = (typeof REPLACING_STEPS)[number];

export const isReplacing = (id: StepId): id is ReplacingStep =>
  (REPLACING_STEPS as readonly StepId[]).includes(id);

/** Which of the two is this follower's. */
export const replacingStep = ({ mode }: { mode: CopyMode }): ReplacingStep =>
  mode === 'in-place' ? 'wipeDataDirectory' : 'swapDataDirectory';

/** The steps of a copy that belong to the other way of making it: in place there is no old server left to rehearse beside. */
export const STEPS_NOT_TAKEN: Record<CopyMode, readonly StepId[]> = {
  'side-by-side': ['wipeDataDirectory'],
  'in-place': ['rehearseFollower', 'swapDataDirectory'],
};

/** Its place in the runbook's order. */
export const stepIndex = (id: StepId): number => STEPS.findIndex((definition) => definition.id === id);

/** The steps of `undo` and `purge`, after the survey that every run begins with. */
export const REVERSAL_STEPS: readonly StepDefinition[] = [
  step(2, 'undoReplacement', 'Put the former data back', 'follower', {
    changes: 'stops the follower, moves the copy aside and the former data back, and starts its server',
    ...followerGate,
  }),
  step(3, 'withdrawFromLeader', 'Withdraw the follower', 'both', {
    changes: 'drops the slot, the pg_hba.conf line and the role that were made for it',
    ...followerGate,
  }),
  step(2, 'purgeReplaced', 'Remove what was set aside', 'both', {
    changes: 'proves that the follower streams, then deletes the directories that were set aside',
    ...followerGate,
  }),
];

/** Every step of every kind of run, in order. */
export const ALL_STEPS: readonly StepDefinition[] = [...STEPS, ...REVERSAL_STEPS];

const BY_ID = new Map(ALL_STEPS.map((definition) => [definition.id, definition]));

/** From its begin on the step is finished, not taken back: nobody is left with half of it. */
const ENDS_ITSELF: readonly StepId[] = [...REPLACING_STEPS, 'undoReplacement', 'purgeReplaced'];

export const cannotBeTakenBack = (id: StepId): boolean => ENDS_ITSELF.includes(id);

/** Whether a gate of this kind covers the step; a follower's own gate covers all that is the follower's. */
export function isCoveredBy(id: StepId, kind: GateKind): boolean {
  const { gate } = stepDefinition(id);
  return gate !== undefined && (gate === 'change-leader') === (kind === 'change-leader');
}

/** Attaches to the copy's job on the host. */
export const isJobStep = (id: StepId): boolean => id === 'takeBaseBackup' || id === 'verifyBaseBackup';

/** Takes as long as it takes: a job it attaches to, a tree that is deleted. */
export const isUnlimited = (id: StepId): boolean =>
  isJobStep(id) || id === 'wipeDataDirectory' || id === 'purgeReplaced';

export function stepDefinition(id: StepId): StepDefinition {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}
