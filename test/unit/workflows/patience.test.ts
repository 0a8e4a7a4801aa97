import { expect, it } from 'vitest';
import { ALL_STEPS, isUnlimited } from '../../../workflows/contract/steps.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** How long a step is tried again by itself before a person is asked: by time, never by attempts. */
const PATIENCE: Record<string, number> = {
  surveyAndPlan: 30 * SECOND,
  ensureCredentials: 15 * MINUTE,
  ensureLeaderSettings: 15 * MINUTE,
  ensureLeaderHbaRule: 15 * MINUTE,
  restartLeader: 15 * MINUTE,
  proveAccess: 15 * MINUTE,
  wipeDataDirectory: 15 * MINUTE,
  ensureSlot: 15 * MINUTE,
  takeBaseBackup: Number.POSITIVE_INFINITY,
  verifyBaseBackup: Number.POSITIVE_INFINITY,
  configureFollower: 15 * MINUTE,
  rehearseFollower: 15 * MINUTE,
  swapDataDirectory: 15 * MINUTE,
  startFollower: 15 * MINUTE,
  verifyStreaming: 15 * MINUTE,
  prepareSwitchover: 15 * MINUTE,
  closeOperation: 15 * MINUTE,
  undoReplacement: 15 * MINUTE,
  withdrawFromLeader: 15 * MINUTE,
  purgeReplaced: 15 * MINUTE,
};

it('is decided for every step there is', () => {
  expect(Object.fromEntries(ALL_STEPS.map(({ id, patienceMs }) => [id, patienceMs]))).toEqual(PATIENCE);
});

it('has no end only for a job that goes on by itself, which is given the time it takes', () => {
  for (const { id, patienceMs } of ALL_STEPS)
    if (patienceMs === Number.POSITIVE_INFINITY) expect(isUnlimited(id)).toBe(true);
});
