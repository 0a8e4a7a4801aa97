/** Times of the reminders (epoch ms); the last distance repeats for ever. */
export function* remindersFrom(openedAt: number, distances: readonly number[]): Generator<number, never> {
  const sorted = distances.filter((distance) => distance > 0).sort((a, b) => a - b);
  for (const distance of sorted) yield openedAt + distance;
  const last = sorted.at(-1) ?? Number.POSITIVE_INFINITY;
  for (let turn = 2; ; turn += 1) yield openedAt + turn * last;
}
