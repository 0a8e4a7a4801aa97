import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Polls until `condition` holds; fails with `explain()` after `limitMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  explain: () => string,
  limitMs = 10_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(explain());
    await sleep(POLL_MS);
  }
}
