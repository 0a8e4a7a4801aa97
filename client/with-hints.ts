import { CODES } from '../workflows/contract/codes.js';
import type { Plan } from '../workflows/contract/plan.js';

/** A plan as people and programs read it: the worker leaves out a finding's hint that is its code's own. */
export const withHints = (plan: Plan): Plan => ({
  ...plan,
  findings: plan.findings.map((found) => ({ ...found, hint: found.hint ?? CODES[found.code].action })),
});
