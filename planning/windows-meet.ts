import { isOpen } from '../workflows/contract/time-window.js';
import type { TimeWindow } from '../workflows/contract/time-window.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Whether there is a minute in the day from `at` (epoch ms) on in which both are open; a person gives whole minutes. */
export const windowsMeet = (one: TimeWindow, other: TimeWindow, at: number): boolean =>
  Array.from({ length: DAY_MINUTES }, (_, minute) => at + minute * MINUTE_MS).some(
    (instant) => isOpen(one, instant) && isOpen(other, instant),
  );
