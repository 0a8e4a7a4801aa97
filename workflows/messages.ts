import { CancellationScope, setHandler } from '@temporalio/workflow';
import { cancel, validateCancel } from './cancel.js';
import {
  cancelUpdate,
  decideUpdate,
  holdUpdate,
  planQuery,
  reconfigureUpdate,
  refreshUpdate,
  releaseUpdate,
  resumeUpdate,
  runStateQuery,
} from './contract/messages.js';
import type {
  CancelInput,
  HoldInput,
  ReconfigureInput,
  RefreshInput,
  ResumeInput,
} from './contract/messages.js';
import type { DecideInput } from './contract/gates.js';
import { decide, validateDecision } from './decide.js';
import { hold, release, validateHold } from './hold.js';
import { reconfigure, validateReconfigure } from './reconfigure.js';
import { refresh, validateRefresh } from './refresh.js';
import { resume, validateResume } from './resume.js';
import type { Run } from './run.js';

/** Must be called before the first await: a message may come with the very first workflow task. */
export function takeMessages(run: Run): void {
  setHandler(runStateQuery, () => run.state, { description: 'Where the run stands' });
  setHandler(planQuery, () => run.plan, { description: 'What the run will do' });
  setHandler(decideUpdate, (input) => decide(run, input), {
    validator: (input: DecideInput) => {
      validateDecision(run, input);
    },
    description: 'Approves or rejects one gate',
  });
  setHandler(refreshUpdate, (input) => refresh(run, input), {
    validator: (input: RefreshInput) => {
      validateRefresh(run, input);
    },
    description: 'Reads the facts of a card that is too old again',
  });
  setHandler(
    resumeUpdate,
    (input) => {
      resume(run, input);
      return undefined;
    },
    {
      validator: (input: ResumeInput) => {
        validateResume(run, input);
      },
      description: 'Answers the failure a branch is parked on',
    },
  );
  setHandler(cancelUpdate, (input) => cancel(run, input), {
    validator: (input: CancelInput) => {
      validateCancel(run, input);
    },
    description: "Ends the run, or one follower's part of it",
  });
  setHandler(reconfigureUpdate, (input) => reconfigure(run, input), {
    validator: (input: ReconfigureInput) => {
      validateReconfigure(run, input);
    },
    description: 'Gives the run another configuration: it surveys and asks again',
  });
  const validator = (input: HoldInput): void => {
    validateHold(run, input);
  };
  setHandler(holdUpdate, (input) => hold(run, input), { validator, description: 'Begins no new step' });
  setHandler(releaseUpdate, (input) => release(run, input), {
    validator,
    description: 'Goes on after a hold',
  });
  // Temporal's own cancellation is the same wish, sent by other means.
  CancellationScope.current().cancelRequested.catch(() => cancel(run, { by: 'Temporal' }));
}
