import { ServerStartError } from '../server/server-start-error.js';

/** What to do is in `hint`, what was seen in `detail`. */
export interface CommandProblem {
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
}

/** PostgreSQL's grammar, on stderr. */
export function reportProblem(problem: CommandProblem): void {
  const lines = [`error: ${problem.message}`];
  if (problem.detail !== undefined) lines.push(`detail: ${problem.detail}`);
  if (problem.hint !== undefined) lines.push(`hint: ${problem.hint}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}

export function serverProblem(error: unknown): CommandProblem {
  if (error instanceof ServerStartError) return error;
  return { message: 'the Temporal server did not start', detail: messageOf(error) };
}

export function workerProblem(address: string, error: unknown): CommandProblem {
  const detail = messageOf(error);
  // The SDK's name for every failure to connect.
  if (error instanceof Error && error.name === 'TransportError') {
    return {
      message: `no Temporal server answers at ${address}`,
      detail,
      hint: 'Start one with `runbook up` (server and worker) or `runbook server`, or set TEMPORAL_ADDRESS.',
    };
  }
  return { message: 'the worker stopped', detail };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
