import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdUpdate, releaseUpdate } from '../../workflows/contract/messages.js';
import type { HoldAnswer } from '../../workflows/contract/messages.js';
import { Hold } from './support/fake-hosts.js';
import type { TestRun } from './support/workbench.js';
import { Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const BOTH = ['follower1', 'follower2'];

const hold = (run: TestRun, follower?: string): Promise<HoldAnswer> =>
  run.handle.executeUpdate(holdUpdate, {
    args: [{ by: 'oscar', reason: 'lunch', ...(follower === undefined ? {} : { follower }) }],
  });
const release = (run: TestRun, follower?: string): Promise<string[]> =>
  run.handle.executeUpdate(releaseUpdate, {
    args: [{ by: 'oscar', ...(follower === undefined ? {} : { follower }) }],
  });

/** A run whose first follower is in the middle of a step. */
async function inStep(activity: string, ...followers: string[]) {
  const step = new Hold();
  const run = await bench.start({
    followers,
    script: (hosts) => hosts.at(`${activity} follower1`, step.behaviour(hosts, activity)),
  });
  await run.approveAll(...followers);
  await step.begun;
  return { run, step };
}

describe.concurrent('hold', () => {
  it('lets the step end and begins no other, until it is released', async () => {
    const { run, step } = await inStep('takeBaseBackup', 'follower1');
    expect(await hold(run)).toEqual({ held: ['leader', 'follower1'], finishing: [] });
    step.release();
    const state = await run.until('the copy has ended', ({ followers }) =>
      (followers['follower1']?.steps ?? []).some(
        ({ id, status }) => id === 'takeBaseBackup' && status === 'done',
      ),
    );
    expect(state.followers['follower1']?.hold).toMatchObject({ by: 'oscar', reason: 'lunch' });
    expect((await run.handle.describe()).memo).toMatchObject({
      needs: ['release leader', 'release follower1'],
    });
    expect(run.hosts.count('verifyBaseBackup')).toBe(0);
    expect(await release(run)).toEqual(['leader', 'follower1']);
    const ended = await run.result();
    expect(ended.outcome).toBe('done');
    expect(ended.followers['follower1']?.hold).toBeUndefined();
  });

  it('of one follower leaves the others alone; gates can be decided meanwhile', async () => {
    const run = await bench.start({ followers: BOTH });
    await run.openGate('wipe-follower/follower1');
    expect(await hold(run, 'follower1')).toEqual({ held: ['follower1'], finishing: [] });
    await run.approveAll(...BOTH);
    await run.until('follower2 is done', ({ followers }) => followers['follower2']?.phase === 'done');
    expect(run.hosts.calls).not.toContain('ensureCredentials follower1');
    expect(await release(run, 'follower1')).toEqual(['follower1']);
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('does not leave anybody with a server that is stopped', async () => {
    const { run, step } = await inStep('swapDataDirectory', 'follower1');
    expect(await hold(run, 'follower1')).toEqual({ held: [], finishing: ['follower1'] });
    step.release();
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('can be cancelled', async () => {
    const { run, step } = await inStep('takeBaseBackup', 'follower1');
    await hold(run);
    step.release();
    await run.until('the copy has ended', ({ followers }) =>
      (followers['follower1']?.steps ?? []).some(
        ({ id, status }) => id === 'takeBaseBackup' && status === 'done',
      ),
    );
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.count('undoFollower')).toBe(1);
  });
});
