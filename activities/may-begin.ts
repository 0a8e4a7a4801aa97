import type { TimeWindow } from '../workflows/contract/time-window.js';
import { isOpen } from '../workflows/contract/time-window.js';

/** The clocks of worker and Temporal server differ a little; a task that lay about for hours differs by hours. */
const SLACK_MS = 5 * 60_000;

/**
 * Whether the window is open by this worker's clock. The workflow has waited for it by its own; but between its
 * decision and this attempt no worker may have been there, for any time.
 */
export const mayBegin = (window: TimeWindow | undefined, at: number): boolean =>
  window === undefined || [-SLACK_MS, 0, SLACK_MS].some((slack) => isOpen(window, at + slack));
