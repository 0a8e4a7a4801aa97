import { STEPS, STEPS_NOT_TAKEN, type StepId } from '../../../workflows/contract/steps.js';

/** The steps of a side-by-side copy that change something, as the step table has them. */
export const CHANGING_STEPS: readonly StepId[] = STEPS.filter(
  ({ id, changes }) => changes !== undefined && !STEPS_NOT_TAKEN['side-by-side'].includes(id),
).map(({ id }) => id);
