import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STEPS, STEPS_NOT_TAKEN, type StepId } from '../../../workflows/contract/steps.js';
import { countBaseBackups, countEffects, type Effects } from './count-effects.js';
import { expectReplicating } from './expect-replicating.js';
import { KillPoints, type Moment } from './kill-points.js';
import { Operator, resetLab } from './operator.js';
import { sharedLab } from './shared-lab.js';

/** A worker that died is missed after this time; ms. */
const HEARTBEAT_TIMEOUT_MS = 2_000;

/** The steps of a side-by-side copy that change something, as the step table has them. */
const CHANGING: readonly StepId[] = STEPS.filter(
  ({ id, changes }) => changes !== undefined && !STEPS_NOT_TAKEN['side-by-side'].includes(id),
).map(({ id }) => id);

/**
 * One whole run whose worker is ended by SIGKILL at every single effect, either right before it or when it was done
 * and nobody had been told. What came of it is counted on the hosts: each effect once, as if nothing had happened.
 */
export function crashMatrix(moment: Moment): void {
  describe(`a run whose worker is killed ${moment} every effect`, () => {
    const home = sharedLab();
    let operator: Operator;
    let points: KillPoints;
    let before: Effects;

    beforeAll(async () => {
      await resetLab(home);
      await countBaseBackups(home);
      before = await countEffects(home, 'follower1');
      operator = new Operator(home);
      const directory = join(operator.directory, 'points');
      points = new KillPoints(directory);
      points.order(`kill ${moment} *`);
      await operator.server();
      await operator.killingWorker(directory);
    });
    afterAll(() => operator.close());

    it('ends right', async () => {
      await operator.startApprovedWith({ heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS });
      await operator.until('the end of the run', ({ outcome }) => outcome !== undefined, 170_000);
      expect((await operator.view()).outcome).toBe('done');
      await expectReplicating(home, 'follower1');
    });

    it('was killed at every effect that any worker met, in every step that changes something', () => {
      const killed = points.reached;
      expect(killed).toEqual(points.effects.map(([name]) => `${moment} ${name}`));
      expect(CHANGING.filter((id) => !killed.some((point) => point.startsWith(`${moment} ${id}/`)))).toEqual(
        [],
      );
    });

    it('had each effect exactly once, counted on the hosts', async () => {
      expect(await countEffects(home, 'follower1')).toEqual({
        baseBackups: 1,
        jobs: 1,
        slots: 1,
        hbaLines: 1,
        roles: 1,
        leaderStarts: before.leaderStarts + 1,
        replaced: 1,
        incoming: 0,
      });
      tell(moment, points.reached);
    });
  });
}

/** For docs/reliability.md: the kills of each step, by `npm run matrix`. */
function tell(moment: Moment, reached: string[]): void {
  const { MATRIX_DIRECTORY: directory } = process.env;
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  const counts = CHANGING.map((id) => [
    id,
    reached.filter((point) => point.startsWith(`${moment} ${id}/`)).length,
  ]);
  writeFileSync(join(directory, `crash-${moment}.json`), JSON.stringify(Object.fromEntries(counts)));
}
