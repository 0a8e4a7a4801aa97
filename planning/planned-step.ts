import type { FileDiff, PlannedStep } from '../workflows/contract/card.js';
import type { StepId } from '../workflows/contract/steps.js';

export const plannedStep = (
  step: StepId,
  host: string,
  what: string,
  lines: string[],
  diff?: FileDiff,
): PlannedStep => ({ step, host, what, commands: lines, ...(diff === undefined ? {} : { diff }) });
