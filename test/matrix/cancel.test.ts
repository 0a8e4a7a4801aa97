import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CANCEL_POINTS } from '../lab/support/cancel-points.js';
import { expectReplicating } from '../lab/support/expect-replicating.js';
import { KillPoints } from '../lab/support/kill-points.js';
import { Operator, psql, resetLab } from '../lab/support/operator.js';
import { remains } from '../lab/support/remains.js';
import { sharedLab } from '../lab/support/shared-lab.js';
import { tellMatrix } from '../lab/support/tell-matrix.js';

/** Cancelled at each phase: both hosts are as the result says, and nothing of ours stays on the leader. */
describe('a run that is cancelled', () => {
  const home = sharedLab();
  let operator: Operator | undefined;
  afterEach(async () => {
    await operator?.close();
    operator = undefined;
  });

  it.each(CANCEL_POINTS.map((point) => [point.before, point] as const))(
    'before %s',
    async (before, point) => {
      await resetLab(home);
      const had = await remains(home);
      operator = new Operator(home);
      const directory = join(operator.directory, 'points');
      const points = new KillPoints(directory);
      points.order(`hold before ${before}`);
      await operator.server();
      await operator.killingWorker(directory);
      await operator.startApproved();
      await points.untilReached(`before ${before}`);
      const { stdout } = await operator.ok('cancel', '--by', 'alice');
      points.release(`before ${before}`);
      expect(stdout).toContain(
        point.finishes ? 'follower1: is in or past the swap and goes on to its end' : 'follower1: stops',
      );
      const closed = await operator.cli('wait', '--for', 'closed', '--timeout', '120s');
      const view = await operator.view();
      expect({ code: closed.code, outcome: view.outcome }).toEqual(
        point.finishes ? { code: 0, outcome: 'done' } : { code: 4, outcome: 'cancelled' },
      );
      if (point.finishes) await expectReplicating(home, 'follower1');
      else {
        expect(await remains(home)).toEqual(had);
        // What only a restart would take back is said, and nothing else is left.
        const stays = [view.leader, ...Object.values(view.followers)].flatMap(({ leftovers }) => leftovers);
        for (const line of stays)
          expect(line).toMatch(/^leader: .* stays in effect until the next restart: /);
        for (const line of stays) {
          const [, name = '', value = ''] = /^leader: (\w+) = (\S+) stays/.exec(line) ?? [];
          expect(await psql(home, 'leader', `select setting from pg_settings where name = '${name}'`)).toBe(
            value,
          );
        }
      }
      tellMatrix(`cancel-${before.replaceAll(/\W+/g, '-')}`, { before });
    },
  );
});
