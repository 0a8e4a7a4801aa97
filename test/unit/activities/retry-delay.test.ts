import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../../activities/retry-delay.js';

describe('retryDelayMs', () => {
  it.each([
    [1, 0, 1_000],
    [2, 0, 2_000],
    [3, 0, 5_000],
    [4, 0, 10_000],
    [5, 0, 15_000],
    [500, 0, 15_000],
    [500, 4_000, 11_000],
    [500, 14_500, 1_000],
    [500, 3_600_000, 1_000],
    [1, 3_600_000, 1_000],
  ])('attempt %i that worked for %i ms waits %i ms', (attempt, workedMs, expected) => {
    expect(retryDelayMs(attempt, workedMs)).toBe(expected);
  });
});
