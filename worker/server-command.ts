import { stateHome } from '../server/server-json.js';
import { startServer } from '../server/start-server.js';
import type { RunningServer } from '../server/start-server.js';
import { reportProblem, serverProblem } from './report-problem.js';
import { shutdownOnSignals } from './shutdown-signals.js';

export interface ServerCommandOptions {
  stateHome?: string;
  /** Default 7233, or another free one when it is taken; 0: any free one. */
  port?: number;
}

/** `runbook server`: the embedded Temporal server alone, until a signal. @returns exit code */
export async function runServerCommand(options: ServerCommandOptions = {}): Promise<number> {
  const { signal } = shutdownOnSignals(() => console.log('Stopping the Temporal server; runs wait.'));
  let server: RunningServer;
  try {
    server = await startServer({ ...options, stateHome: options.stateHome ?? stateHome(), log: console.log });
  } catch (error) {
    reportProblem(serverProblem(error));
    return 7;
  }
  for (const line of describeServer(server)) console.log(line);
  console.log('Ctrl-C stops it; runs wait.');
  return untilStopped(server, signal);
}

export function describeServer(server: RunningServer): string[] {
  return [
    `Temporal server: ${server.address}`,
    `Temporal UI:     ${server.uiAddress}`,
    `Database:        ${server.databaseFile}`,
  ];
}

export function serverDied(
  server: RunningServer,
  end: { code: number | null; signal: string | null },
): number {
  reportProblem({
    message: 'the Temporal server ended by itself',
    detail: `It ended with ${end.signal ?? `code ${String(end.code)}`}. Its log is ${server.logFile}.`,
    hint: 'Read the end of the log, then start it again. Runs wait in the database; copies go on on their hosts.',
  });
  return 7;
}

async function untilStopped(server: RunningServer, signal: AbortSignal): Promise<number> {
  const asked = signal.aborted
    ? Promise.resolve('asked' as const)
    : new Promise<'asked'>((resolve) => {
        signal.addEventListener('abort', () => resolve('asked'), { once: true });
      });
  const first = await Promise.race([asked, server.exited]);
  if (first !== 'asked') return serverDied(server, first);
  await server.stop();
  return 0;
}
