import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { FailureCode } from '../../../workflows/contract/codes.js';
import { expectReplicating } from './expect-replicating.js';
import { KillPoints } from './kill-points.js';
import { Operator, resetLab, type View } from './operator.js';
import { sharedLab } from './shared-lab.js';

/** Something that goes wrong on a host in the middle of a run, and what makes it right again. */
export interface Fault {
  /** `a wrong password` */
  name: string;
  /** The effect before which it strikes, `restartLeader/leader#1`. */
  before: string;
  strike(operator: Operator): Promise<unknown>;
  /** What the run says; absent: nothing, it just goes on. */
  told?: {
    code: FailureCode;
    /** Of the message. */
    message: RegExp;
    /** Temporal tries again by itself until the remedy; else the run parks. */
    byItself?: true;
  };
  remedy?(operator: Operator): Promise<unknown>;
  /** The facts have changed: after `resume` the gates are open again. */
  asksAgain?: true;
}

const ENOUGH_MS = 90_000;

/** Each fault in a run of its own: what the operator sees of it, and that the run ends right after the remedy. */
export function faultGrid(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    const home = sharedLab();
    let operator: Operator | undefined;
    afterEach(async () => {
      await operator?.close();
      operator = undefined;
    });

    it.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
      await resetLab(home);
      operator = new Operator(home);
      const directory = join(operator.directory, 'points');
      const points = new KillPoints(directory);
      points.order(`hold before ${fault.before}`);
      await operator.server();
      await operator.killingWorker(directory);
      await operator.startApproved();
      await points.untilReached(`before ${fault.before}`);
      await fault.strike(operator);
      points.release(`before ${fault.before}`);
      if (fault.told !== undefined) await seen(operator, fault.told);
      await fault.remedy?.(operator);
      if (fault.told !== undefined && fault.told.byItself !== true) await operator.cli('resume');
      if (fault.asksAgain === true) await operator.approveAll();
      const view = await operator.until(
        'the end of the run',
        (now) => now.outcome !== undefined && now,
        ENOUGH_MS,
      );
      expect(view.outcome).toBe('done');
      await expectReplicating(home, 'follower1');
    });
  });
}

async function seen(
  operator: Operator,
  { code, message, byItself }: NonNullable<Fault['told']>,
): Promise<void> {
  const find = (view: View): { code?: string; message: string } | undefined =>
    byItself === true
      ? Object.values(view.retry ?? {}).find((retry) => retry.code === code)
      : [view.leader, ...Object.values(view.followers)]
          .map(({ failure }) => failure)
          .find((one) => one !== undefined);
  const found = await operator.until(`the run tells ${code}`, find, ENOUGH_MS);
  expect(found).toMatchObject({ code, message: expect.stringMatching(message) as string });
  const { stdout } = await operator.cli('show');
  expect(stdout).toContain(found.message.slice(0, 40));
}
