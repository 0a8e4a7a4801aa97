/** From the beginning of one attempt to that of the next, ms, by attempt; the last one repeats. */
const DISTANCES_MS = [1_000, 2_000, 5_000, 10_000, 15_000] as const;
const LEAST_MS = 1_000;

/**
 * How long to wait until the next attempt, ms. What the attempt has worked for counts, because attempts are also
 * used up by workers that come and go: a copy that broke off after hours is begun again at once, whatever its number.
 */
export function retryDelayMs(attempt: number, workedMs: number): number {
  const distance = DISTANCES_MS[Math.min(attempt, DISTANCES_MS.length) - 1] ?? LEAST_MS;
  return Math.max(LEAST_MS, distance - workedMs);
}
