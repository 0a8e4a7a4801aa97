import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `look` gives something; fails with `what` after `limitMs`. `everyMs`: longer where a look is dear. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  limitMs = 30_000,
  everyMs = 50,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not within ${String(limitMs)} ms: ${what}`);
    await sleep(everyMs);
  }
}
