import { describe, expect, it } from 'vitest';
import { isBoundByServer, walBudget, walSecondsLeft, walState } from '../../../planning/wal-budget.js';

const GB = 1024 ** 3;

describe('what a copy may hold back', () => {
  it.each([
    ['the bound, where the disk has room for more', 1, 20, 100, 20],
    ['half of the room, where the disk has less than the bound', 4, 20, 12, 8],
    ['half of the room, where there is no bound', 4, undefined, 12, 8],
    ['the bound, where the room is not known', 4, 20, undefined, 20],
    ['nothing known', 4, undefined, undefined, undefined],
  ])('is %s', (_, retained, bound, free, budget) => {
    const bytes = (size: number | undefined): number | undefined =>
      size === undefined ? undefined : size * GB;
    const room = { retainedBytes: retained * GB, boundBytes: bytes(bound), freeBytes: bytes(free) };
    expect(walBudget(room)).toBe(bytes(budget));
    expect(isBoundByServer(room)).toBe(bound !== undefined && budget === bound);
  });

  it.each([
    [9.9, 'fine'],
    [10, 'warning'],
    [15.9, 'warning'],
    [16, 'exceeded'],
    [30, 'exceeded'],
  ])('is with %d of 20 GB: %s', (retained, state) => {
    expect(walState({ retainedBytes: retained * GB, budgetBytes: 20 * GB })).toBe(state);
  });

  it('is forecast to the point where the copy is stopped', () => {
    const wal = { retainedBytes: 6 * GB, budgetBytes: 20 * GB };
    expect(walSecondsLeft({ ...wal, bytesPerSecond: GB })).toBe(10);
    expect(walSecondsLeft(wal)).toBeUndefined();
    expect(walSecondsLeft({ retainedBytes: 6 * GB, bytesPerSecond: GB })).toBeUndefined();
    expect(walState({ retainedBytes: 600 * GB })).toBe('fine');
  });
});
