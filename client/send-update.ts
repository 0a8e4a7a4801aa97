import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { TemporalLink } from './connection.js';
import { commandFailure } from './failure.js';
import { pause } from './pause.js';
import type { RunDescription } from './runs.js';
import { asCommandFailure, isNoAnswer, isNotFound, isServerGone } from './temporal-errors.js';

/** How long an answer is waited for; ms. */
export const ANSWER_DEADLINE_MS = 15_000;

interface Sending<Input> {
  input: Input;
  /** How the message names what was sent, e.g. `the approval of wipe-follower/follower1`. */
  what: string;
  /** ISO time after which the run refuses it; absent: it may take effect whenever a worker comes. */
  validUntil?: string;
  interrupted: AbortSignal;
  deadlineMs?: number;
}

/**
 * Sends one message of an operator and waits for the answer. One id for all attempts: however often
 * the line breaks, the run takes it once. @throws what the run's validator refused, or UNKNOWN_OUTCOME
 */
export async function sendUpdate<Output, Input>(
  link: TemporalLink,
  run: RunDescription,
  definition: UpdateDefinition<Output, [Input]>,
  sending: Sending<Input>,
): Promise<Output> {
  const deadline = Date.now() + (sending.deadlineMs ?? ANSWER_DEADLINE_MS);
  const options = { args: [sending.input] as [Input], updateId: randomUUID() };
  for (;;) {
    try {
      return await link.client.connection.withDeadline(deadline, () =>
        run.handle.executeUpdate(definition, options),
      );
    } catch (error) {
      if (isServerGone(error) && Date.now() < deadline && !sending.interrupted.aborted) {
        await pause(500, sending.interrupted);
        continue;
      }
      throw translated(error, sending);
    }
  }
}

function translated(error: unknown, { what, validUntil }: Sending<unknown>): unknown {
  if (error instanceof WorkflowUpdateFailedError) return asCommandFailure(error);
  if (isNotFound(error))
    return commandFailure('RUN_CLOSED', `${what} came too late: the run has ended`, { cause: error });
  if (!isNoAnswer(error)) return error;
  const until = validUntil === undefined ? 'as soon as a worker takes it' : `until ${clock(validUntil)}`;
  return commandFailure(
    'UNKNOWN_OUTCOME',
    `no answer to ${what}: unknown; it may still take effect ${until}`,
    {
      cause: error,
    },
  );
}

/** HH:MM:SS on the operator's clock. */
const clock = (iso: string): string => new Date(iso).toTimeString().slice(0, 8);
