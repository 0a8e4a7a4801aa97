import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../workflows/contract/config.js';
import { opensAt } from '../../workflows/contract/time-window.js';
import type { TimeWindow } from '../../workflows/contract/time-window.js';
import { failsWith, Hold, succeeds } from './support/fake-hosts.js';
import { adopted, kept, usedAs, withFingerprint } from './support/plans.js';
import type { TestRun } from './support/workbench.js';
import { past, Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
  const before = Date.now();
  const run = await bench.start();
  await run.approveAll();
  await run.result();
  soonSeconds = Math.min(14, Math.max(4, Math.ceil((4 * (Date.now() - before)) / 1_000)));
});
afterAll(() => bench.close());

const DAY = 86_400;

/** Long enough for a run to come that far, here and now, with others beside it. */
let soonSeconds: number;

/** Opens that many seconds from now, and stays open for as long as told; the times are UTC's. */
function windowIn(seconds: number, lasts = 3_600): TimeWindow & { closesAt: number } {
  const begin = Math.floor(Date.now() / 1_000) + seconds;
  const ofDay = (second: number): number => (second + DAY) % DAY;
  return {
    beginSecond: ofDay(begin),
    endSecond: ofDay(begin + lasts),
    timeZone: 'UTC',
    closesAt: (begin + lasts) * 1_000,
  };
}

const soon = () => windowIn(soonSeconds);
const open = () => windowIn(-60);
/** Open until then. */
const closing = () => windowIn(-60, 60 + soonSeconds);

/** Not open while any test runs. */
const closed = () => windowIn(12 * 3_600);

const copyIn =
  ({ closesAt: _, ...window }: ReturnType<typeof windowIn>) =>
  ({ copy }: RunConfig): void => {
    copy.beginWindow = window;
  };

const swapIn =
  ({ closesAt: _, ...window }: ReturnType<typeof windowIn>) =>
  ({ approval }: RunConfig): void => {
    approval.swap = 'window';
    approval.swapWindow = window;
  };

const waits = (run: TestRun, name = 'follower1') =>
  run.until(`${name} waits for its window`, ({ followers }) => followers[name]?.phase === 'window', 30_000);

const approvedAt = async (run: TestRun): Promise<number> =>
  Date.parse((await run.state()).decisions.at(-1)?.at ?? '');

describe.concurrent('the window', () => {
  it('of the copy is waited for with neither slot nor turn, and what is waited for is told; then the copy begins', async () => {
    const window = soon();
    const run = await bench.start({ change: copyIn(window) });
    await run.approveAll();
    const state = await waits(run);
    expect(state.phase).toBe('window');
    expect(state.followers['follower1']?.window).toMatchObject({
      what: 'copy',
      window: expect.stringMatching(/^\d\d:\d\d-\d\d:\d\d UTC$/) as string,
      opensAt: new Date(
        opensAt(window, Date.parse(state.followers['follower1']?.window?.since ?? '')),
      ).toISOString(),
    });
    expect(run.hosts.calls.at(-1)).toBe('proveAccess follower1');
    await expect
      .poll(async () => (await run.handle.describe()).memo, { timeout: 5_000 })
      .toMatchObject({ phase: 'window' });
    const done = await run.result();
    expect(done.outcome).toBe('done');
    const slot = done.followers['follower1']?.steps.find(({ id }) => id === 'ensureSlot');
    expect(Date.parse(slot?.startedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(state.followers['follower1']?.window?.opensAt ?? ''),
    );
    expect(done.followers['follower1']).not.toHaveProperty('window');
    const { events } = await run.handle.fetchHistory();
    expect(
      events?.filter(({ timerStartedEventAttributes: timer }) => timer != null).length,
    ).toBeLessThanOrEqual(4); // one of them bounds the report
    expect(events?.length).toBeLessThanOrEqual(170);
  });

  it('of the copy is not waited for where it is open, nor for a repair, nor for a follower whose copy has begun', async () => {
    const [usual, repaired, begun] = await Promise.all([
      bench.start({ change: copyIn(open()) }),
      bench.start({
        change: copyIn(closed()),
        script: (hosts) => hosts.surveys(kept('repair', ['slot'])),
      }),
      bench.start({
        change: copyIn(closed()),
        script: (hosts) =>
          hosts.surveys((plan) => {
            for (const follower of Object.values(adopted(plan).followers)) follower.retainedWalBytes = 1_000;
            return plan;
          }),
      }),
    ]);
    await usual.approveAll();
    await repaired.decide('change-leader').catch(() => undefined);
    await repaired.decide('repair-follower/follower1');
    await begun.approveAll();
    for (const run of [usual, repaired, begun]) {
      expect((await run.result()).outcome).toBe('done');
      expect(run.hosts.count('ensureSlot')).toBe(1);
    }
  });

  it('of the copy that is waited for can be cancelled', async () => {
    const run = await bench.start({ change: copyIn(closed()) });
    await run.approveAll();
    await waits(run);
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.count('ensureSlot')).toBe(0);
    expect(run.hosts.calls.slice(-2)).toEqual(['undoFollower follower1', 'undoLeader -']);
  });

  it('of the copy does not outlive the approval: it is asked for again when that has grown too old, not at the opening', async () => {
    const run = await bench.start({
      change: (config) => {
        copyIn(closed())(config);
        config.approval.validForMs = soonSeconds * 1_000;
      },
    });
    await run.approveAll();
    const at = await approvedAt(run);
    await waits(run);
    const first = (await run.state()).followers['follower1']?.gates[0]?.token;
    const gate = await run.openGate('wipe-follower/follower1', first);
    expect(gate.because).toContain('too long ago');
    expect(Date.parse(gate.openedAt)).toBeGreaterThan(at + soonSeconds * 1_000);
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });

  it('of the copy holds a follower whose turn comes when it has closed again', async () => {
    const hold = new Hold();
    const window = closing();
    const run = await bench.start({
      followers: ['follower1', 'follower2'],
      change: copyIn(window),
      script: (hosts) => hosts.at('takeBaseBackup', hold.behaviour(hosts, 'copy'), succeeds),
    });
    await run.approveAll('follower1', 'follower2');
    const queued = await run.until('one copies, one waits for its turn', ({ followers }) =>
      Object.values(followers).some(({ phase }) => phase === 'queued'),
    );
    const other = queued.followers['follower1']?.phase === 'queued' ? 'follower1' : 'follower2';
    await hold.begun;
    await past(window.closesAt);
    hold.release();
    await waits(run, other);
    expect(run.hosts.count(`ensureSlot ${other}`)).toBe(0);
    await run.cancel(other);
    expect(await run.result()).toMatchObject({ outcome: 'partial' });
  });

  it('of the copy is not waited for by a copy that failed: its slot is there, and a person has said when', async () => {
    const window = closing();
    const run = await bench.start({
      change: copyIn(window),
      script: (hosts) => hosts.at('takeBaseBackup', failsWith('COPY_NO_SPACE'), succeeds),
    });
    await run.approveAll();
    await run.parked('follower1', 'COPY_NO_SPACE');
    await past(window.closesAt);
    await run.resume('follower1', 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
    expect(run.hosts.count('ensureSlot')).toBe(2);
  });

  it('of the copy that the host finds closed is waited for again; where only the clocks differ, a person is asked', async () => {
    const [late, differing] = await Promise.all([
      // Taken as begun by the plan, but its slot is gone: the host refuses to begin.
      bench.start({
        change: copyIn(soon()),
        script: (hosts) =>
          hosts
            .surveys((plan) => {
              for (const follower of Object.values(plan.followers)) follower.retainedWalBytes = 1_000;
              return plan;
            })
            .at('ensureSlot', failsWith('WINDOW_CLOSED'), succeeds),
      }),
      bench.start({
        change: copyIn(open()),
        script: (hosts) => hosts.at('ensureSlot', failsWith('WINDOW_CLOSED'), succeeds),
      }),
    ]);
    await Promise.all([late.approveAll(), differing.approveAll()]);
    const state = await waits(late);
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'ensureSlot')?.status).toBe('pending');
    await differing.parked('follower1', 'WINDOW_CLOSED');
    await differing.resume('follower1', 'retry');
    for (const run of [late, differing]) {
      expect(await run.result()).toMatchObject({ outcome: 'done' });
      expect(run.hosts.count('ensureSlot')).toBe(2);
    }
  });

  it('of the swap is waited for with the copy made and approved with the plan; then it is swapped, and nobody is asked', async () => {
    const run = await bench.start({ change: swapIn(soon()) });
    await run.approveAll();
    const state = await waits(run);
    expect(state.followers['follower1']?.window?.what).toBe('swap');
    expect(run.hosts.calls.at(-1)).toBe('rehearseFollower follower1');
    const done = await run.result();
    expect(done).toMatchObject({ outcome: 'done' });
    expect(done.decisions).toHaveLength(2);
    const swap = done.followers['follower1']?.steps.find(({ id }) => id === 'swapDataDirectory');
    expect(Date.parse(swap?.startedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(state.followers['follower1']?.window?.opensAt ?? ''),
    );
  });

  it('of the swap that is waited for can be cancelled: nothing was swapped, all is taken back', async () => {
    const run = await bench.start({ change: swapIn(closed()) });
    await run.approveAll();
    await waits(run);
    expect(await run.cancel()).toEqual({ stopping: ['follower1'], finishing: [], undoing: [] });
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
    expect(run.hosts.count('swapDataDirectory')).toBe(0);
    expect(run.hosts.count('undoFollower')).toBe(1);
  });

  it('of the swap is waited for after the gate, where one is asked: people decide by day', async () => {
    const run = await bench.start({
      change: swapIn(closed()),
      script: (hosts) => {
        hosts.surveys(usedAs({ clientSessions: 1, walSenders: 0, walLsn: '0/1500000' }));
        hosts.looks = [{ use: { clientSessions: 1, walSenders: 0, walLsn: '0/1500000' } }];
      },
    });
    await run.approveAll();
    await run.decide('swap-follower/follower1');
    await waits(run);
    expect(run.hosts.count('swapDataDirectory')).toBe(0);
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });

  it('of the swap is not waited for by a swap that may have stopped the old server already', async () => {
    const window = closing();
    const run = await bench.start({
      change: swapIn(window),
      script: (hosts) => hosts.at('swapDataDirectory', failsWith('STOP_FAILED'), succeeds),
    });
    await run.approveAll();
    await run.parked('follower1', 'STOP_FAILED');
    await past(window.closesAt);
    await run.resume('follower1', 'retry');
    expect(await run.result()).toMatchObject({ outcome: 'done' });
  });

  it('of the swap that closed before a worker took the swap is waited for again', async () => {
    const window = closing();
    const run = await bench.start({
      change: swapIn(window),
      script: (hosts) => {
        hosts.at('swapDataDirectory', async () => {
          await past(window.closesAt);
          await failsWith('WINDOW_CLOSED')({} as never);
        });
      },
    });
    await run.approveAll();
    const state = await waits(run);
    expect(state.followers['follower1']?.steps.find(({ id }) => id === 'swapDataDirectory')?.status).toBe(
      'pending',
    );
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });

  it('of the swap does not outlive the approvals: the plan is asked for again when they have grown too old', async () => {
    const run = await bench.start({
      change: (config) => {
        swapIn(closed())(config);
        config.approval.validForMs = soonSeconds * 1_000;
      },
      script: (hosts) => hosts.surveys((plan) => plan, withFingerprint('2')),
    });
    await run.approveAll();
    await waits(run);
    const first = (await run.state()).followers['follower1']?.gates[0]?.token;
    expect((await run.openGate('wipe-follower/follower1', first)).because).toContain('too long ago');
    await run.cancel();
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });
});
