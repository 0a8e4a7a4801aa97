import type { FailureKind, Problem } from './contract/failure.js';
import type { GateKind } from './contract/gates.js';
import type { StepId } from './contract/steps.js';

/** The branch ends here because somebody decided so. */
export class BranchEnded extends Error {
  override name = 'BranchEnded';
  readonly phase: 'rejected' | 'aborted';

  constructor(phase: 'rejected' | 'aborted') {
    super(phase);
    this.phase = phase;
  }
}

/** What was approved is not what is there now, or was approved too long ago: survey and ask again. */
export class PlanOutdated extends Error {
  override name = 'PlanOutdated';
  /** The kind of gate that covers the step that noticed. */
  readonly gate: GateKind | undefined;

  /** `message`: one line for the card that is shown again. */
  constructor(gate: GateKind | undefined, message: string) {
    super(message);
    this.gate = gate;
  }
}

/** The step's turn came when its window had closed again. */
export class WindowClosed extends Error {
  override name = 'WindowClosed';
}

/** A step failed for good, as far as Temporal's own retries go: a person has to answer. */
export class StepFailed extends Error {
  override name = 'StepFailed';
  readonly step: StepId;
  readonly problem: Problem;
  readonly kind: FailureKind;

  constructor(step: StepId, problem: Problem, kind: FailureKind) {
    super(problem.message);
    this.step = step;
    this.problem = problem;
    this.kind = kind;
  }
}
