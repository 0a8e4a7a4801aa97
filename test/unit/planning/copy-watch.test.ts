import { describe, expect, it } from 'vitest';
import {
  seen,
  stillSince,
  watchFrom,
  type CopyLook,
  type CopyWatch,
  type LeaderLook,
} from '../../../planning/copy-watch.js';
import type { CopyProgress } from '../../../workflows/contract/activities.js';

const MB = 1024 ** 2;
const START = Date.UTC(2026, 10, 24, 20, 0, 0);
const wal = { retainedBytes: 0, boundBytes: 1000 * MB, freeBytes: 10_000 * MB };

type Backup = NonNullable<LeaderLook['backup']>;

const backup = (megabytes: number, phase: Backup['phase'] = 'copying'): LeaderLook => ({
  backup: { phase, bytesDone: megabytes * MB, bytesTotal: 100 * MB },
  slot: 'reserved',
  wal,
});
const nobodySends: LeaderLook = { slot: 'reserved', wal };

/** One look a second: what the leader shows, and perhaps the megabytes on disk. */
function looks(...each: { leader?: LeaderLook; disk?: number; copied?: boolean }[]): CopyProgress[] {
  let watch: CopyWatch = watchFrom('j/1', START);
  return each.map(({ leader, disk, copied = false }, second) => {
    const look: CopyLook = {
      at: START + second * 1_000,
      job: 'j/1',
      copied,
      ...(leader === undefined ? {} : { leader }),
      ...(disk === undefined ? {} : { diskBytes: disk * MB }),
    };
    const after = seen(watch, look);
    watch = after;
    return after.progress;
  });
}

describe('the progress of a copy', () => {
  it('goes by the phases as they are', () => {
    const phases = looks(
      { leader: nobodySends },
      { leader: backup(0, 'waiting for checkpoint') },
      { leader: backup(50) },
      { leader: backup(99) },
      { leader: backup(99, 'waiting for WAL archiving') },
      { leader: nobodySends },
      { leader: nobodySends, copied: true },
    ).map(({ phase }) => phase);
    expect(phases).toEqual([
      'starting',
      'waiting for checkpoint',
      'copying',
      'copying',
      'waiting for WAL archiving',
      'finalising',
      'verifying',
    ]);
  });

  it('is not at its end because the leader has given the client up', () => {
    expect(looks({ leader: backup(50) }, { leader: nobodySends }).at(-1)).toMatchObject({
      phase: 'copying',
      bytesDone: 50 * MB,
    });
  });

  it('is at its end, too, for who attaches when the leader sends nothing any more', () => {
    const attached = looks(
      { leader: nobodySends },
      { leader: nobodySends, disk: 100 },
      { leader: nobodySends },
    );
    expect(attached.map(({ phase }) => phase)).toEqual(['starting', 'finalising', 'finalising']);
  });

  it('has a rate, and never less than was seen before', () => {
    const seconds = looks({ leader: backup(10) }, { leader: backup(20) }, { leader: backup(40) });
    expect(seconds.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([undefined, 10 * MB, 15 * MB]);
    expect(looks({ leader: backup(40) }, { leader: backup(0) }).at(-1)?.bytesDone).toBe(40 * MB);
  });

  it('is what the disk shows where the leader cannot be asked', () => {
    const seconds = looks({ leader: backup(10), disk: 10 }, { disk: 30 }, { disk: 50 }, {});
    expect(seconds.map(({ bytesDone, leaderUnreachable }) => [bytesDone / MB, leaderUnreachable])).toEqual([
      [10, undefined],
      [30, true],
      [50, true],
      [50, true],
    ]);
    expect(seconds[2]).toMatchObject({ phase: 'copying', bytesPerSecond: 20 * MB, bytesTotal: 100 * MB });
    // A worker that has only just come, and never reached the leader.
    expect(looks({ disk: 30 })).toMatchObject([{ phase: 'copying', bytesDone: 30 * MB, bytesTotal: 0 }]);
  });

  it('goes on from what another worker has told, of the same job only', () => {
    const [last] = looks({ leader: backup(50) });
    const look = { at: START + 9_000, job: 'j/1', copied: false, leader: nobodySends };
    expect(seen(watchFrom('j/1', START + 9_000, last), look).progress.bytesDone).toBe(50 * MB);
    expect(seen(watchFrom('j/2', START + 9_000, last), look).progress.bytesDone).toBe(0);
  });

  it('has the WAL that is held back, and how fast that grows', () => {
    const holding = (megabytes: number): LeaderLook => ({
      ...backup(1),
      wal: { ...wal, retainedBytes: megabytes * MB },
    });
    const [, second, third] = looks({ leader: holding(100) }, { leader: holding(116) }, {});
    expect(second?.wal).toEqual({
      retainedBytes: 116 * MB,
      budgetBytes: 1000 * MB,
      bytesPerSecond: 16 * MB,
    });
    expect(third?.wal).toEqual(second?.wal);
  });
});

describe('a copy that stands still', () => {
  const still = (...each: Parameters<typeof looks>): (number | undefined)[] =>
    looks(...each).map(({ standsStillSince }) =>
      standsStillSince === undefined ? undefined : (Date.parse(standsStillSince) - START) / 1000,
    );
  const twelve = <T>(one: T): T[] => Array.from({ length: 12 }, () => one);

  it('is told of after ten seconds without growth in either view', () => {
    expect(
      still({ leader: backup(1) }, { leader: backup(2) }, ...twelve({ leader: backup(2), disk: 2 })).at(-1),
    ).toBe(1);
    expect(still(...twelve({})).at(-1)).toBe(0);
  });

  it('is none while one of the views grows', () => {
    const onDisk = twelve(0).map((_, index) => ({ leader: backup(2), disk: index }));
    expect(still(...onDisk).at(-1)).toBeUndefined();
    const streamed = twelve(0).map((_, index) => ({ leader: backup(index), disk: 2 }));
    expect(still(...streamed).at(-1)).toBeUndefined();
  });

  it.each(['waiting for checkpoint', 'finalising'] as const)('is none while %s', (phase) => {
    expect(still(...twelve({ leader: backup(2, phase) })).at(-1)).toBeUndefined();
  });

  it('begins anew after the checkpoint', () => {
    const checkpoint = twelve({ leader: backup(0, 'waiting for checkpoint') });
    expect(still(...checkpoint, { leader: backup(0) }).at(-1)).toBeUndefined();
  });

  it('is still that one for the next worker', () => {
    const last = looks(...twelve({ leader: backup(0) })).at(-1);
    expect(stillSince(watchFrom('j/1', START + 60_000, last))).toBe(START);
  });
});
