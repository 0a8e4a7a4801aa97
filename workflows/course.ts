import type { StepId } from './contract/steps.js';
import { stepDefinition } from './contract/steps.js';
import type { Branch, Run } from './run.js';

/**
 * Whether the follower's remedy takes this step. The runbook names every step in its order; which of them a
 * start or a repair takes was decided when the plan was made (planning/remedy.ts) and stands in it.
 */
export const takesStep = (run: Run, follower: Branch, id: StepId): boolean =>
  run.plan?.followers[follower.name]?.course.includes(id) === true;

/** Whether the leader is changed for this follower: only then does it need the leader's approval. */
export const needsLeaderGate = (run: Run, follower: Branch): boolean =>
  run.plan?.followers[follower.name]?.course.some((id) => stepDefinition(id).gate === 'change-leader') ===
  true;
