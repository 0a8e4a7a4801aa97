import type { ParkedFailure } from '../../workflows/contract/failure.js';
import { commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { isRunning } from '../runs.js';
import type { Target } from '../target.js';

/**
 * The host's name, typed for a take-over. A holder on this very server that still runs is not gone: it is
 * cancelled, not robbed. Of one elsewhere only a person can know.
 *
 * @throws HOST_CLAIMED, CONFIRMATION_MISSING
 */
export async function confirmTakeOver(
  { link }: Target,
  { holder, host = '', message }: ParkedFailure,
  { confirm }: CommandOptions,
  io: CommandIo,
): Promise<string> {
  if (holder?.server === link.server && (await isRunning(link, holder.workflowId)))
    throw commandFailure('HOST_CLAIMED', message, {
      detail: `The run ${holder.workflowId} is open on this server.`,
      hint: `Let it end, or end it with \`runbook cancel ${holder.workflowId.replace(/^replication\//, '')}\`.`,
    });
  const typed =
    confirm ??
    (io.interactive
      ? await io.ask(
          `Operation ${holder?.op ?? '?'} of ${holder?.workflowId ?? '?'} on ${holder?.server ?? '?'}, started by ${holder?.requester ?? '?'}.\n` +
            `Only if that run is gone for good: type ${host} to take it over: `,
        )
      : undefined);
  if (typed === host) return typed;
  throw commandFailure('CONFIRMATION_MISSING', `nothing was taken over: the name ${host} was not typed`, {
    hint: `Type ${host}, or give \`--confirm ${host}\`.`,
  });
}
