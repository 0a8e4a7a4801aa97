import { WAYS_TO_GET_TEMPORAL } from './find-temporal.mjs';

/** The embedded server could not be started; `detail` and `hint` are for the operator. */
export class ServerStartError extends Error {
  override name = 'ServerStartError';
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, rest: { detail?: string; hint?: string } = {}) {
    super(message);
    this.detail = rest.detail;
    this.hint = rest.hint;
  }
}

export function temporalMissing(passedOver: string[]): ServerStartError {
  return new ServerStartError('there is no Temporal server program on this machine', {
    ...(passedOver.length > 0 && { detail: passedOver.join('\n') }),
    hint: `One of these helps:\n${WAYS_TO_GET_TEMPORAL.map((way) => `- ${way}`).join('\n')}`,
  });
}

export function serverAlreadyRuns(home: string, pid: number): ServerStartError {
  return new ServerStartError('a Temporal server already runs on this database', {
    detail: `Process ${pid} started it; the database is in ${home}.`,
    hint: 'Use that one (`runbook worker` adds a worker), stop it with Ctrl-C where it runs, or set RUNBOOK_STATE_HOME to another directory.',
  });
}
