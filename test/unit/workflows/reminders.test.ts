import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../workflows/contract/input.js';
import { remindersFrom } from '../../../workflows/reminders.js';

const HOUR = 3_600_000;

function first(count: number, distances: readonly number[]): number[] {
  const reminders = remindersFrom(0, distances);
  return Array.from({ length: count }, () => reminders.next().value);
}

describe('remindersFrom', () => {
  it('reminds after 30 minutes, 2 and 8 hours, then daily', () => {
    expect(first(6, DEFAULT_TIMINGS.remindersMs)).toEqual(
      [0.5, 2, 8, 24, 48, 72].map((hours) => hours * HOUR),
    );
  });

  it.each([[[]], [[0]], [[-1]]])('never reminds with %j', (distances) => {
    expect(first(1, distances)).toEqual([Infinity]);
  });
});
