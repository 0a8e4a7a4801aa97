import type { Finding } from '../../workflows/contract/plan.js';
import { StepFailure } from '../failures.js';
import type { StepContext } from '../step.js';

/**
 * A host that cannot be used is a finding of the plan, so that all of them are seen at once. One that does not
 * answer is waited for as long as the step is patient; then it blocks its own part of the run, not the others'.
 */
export async function gather<T>(
  findings: Finding[],
  context: StepContext,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StepFailure) || error.kind === 'bug') throw error;
    if (error.kind === 'retry' && context.isPatient()) throw error;
    findings.push({ severity: 'blocker', ...error.problem });
    return undefined;
  }
}
