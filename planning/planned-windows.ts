import type { RunConfig } from '../workflows/contract/config.js';
import type { Plan } from '../workflows/contract/plan.js';
import { isTimeZone, windowNote } from '../workflows/contract/time-window.js';
import type { TimeWindow } from '../workflows/contract/time-window.js';

export const windowsOf = ({ copy, approval }: RunConfig): { copy?: TimeWindow; swap?: TimeWindow } => ({
  ...(copy.beginWindow === undefined ? {} : { copy: copy.beginWindow }),
  ...(approval.swapWindow === undefined ? {} : { swap: approval.swapWindow }),
});

/** What a plan says of the configuration's windows; nothing of one whose zone is not known here. */
export function plannedWindows(config: RunConfig, at: number): Pick<Plan, 'windows'> {
  const known = Object.entries(windowsOf(config)).filter(([, { timeZone }]) => isTimeZone(timeZone));
  if (known.length === 0) return {};
  return { windows: Object.fromEntries(known.map(([what, window]) => [what, windowNote(window, at)])) };
}
