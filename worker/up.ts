import { join } from 'node:path';
import { stateHome } from '../server/server-json.js';
import { startServer } from '../server/start-server.js';
import type { RunningServer } from '../server/start-server.js';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract/names.js';
import { assembleActivities } from './assemble.js';
import { reportProblem, serverProblem, workerProblem } from './report-problem.js';
import { runWorker } from './run-worker.js';
import { describeServer, serverDied } from './server-command.js';
import { shutdownOnSignals } from './shutdown-signals.js';
import { runWorkerCommand } from './worker-command.js';
import { createWorkerLog, installRuntime } from './worker-log.js';
import type { WorkerLogOptions } from './worker-log.js';

export interface UpOptions {
  stateHome?: string;
  /** Default 7233, or another free one when it is taken; 0: any free one. */
  port?: number;
  taskQueue?: string;
  logLevel?: WorkerLogOptions['level'];
}

/** `runbook up`: Temporal server and worker in one foreground process, until a signal. @returns exit code */
export async function runUp(options: UpOptions = {}): Promise<number> {
  const elsewhere = process.env['TEMPORAL_ADDRESS'];
  if (elsewhere) {
    console.log(`TEMPORAL_ADDRESS is set: no server is started, the worker uses ${elsewhere}.`);
    return runWorkerCommand(options);
  }
  const home = options.stateHome ?? stateHome();
  const shutdown = shutdownOnSignals(() => console.log('Stopping the worker, then the server; runs wait.'));
  try {
    const server = await startServer({ ...options, stateHome: home, log: console.log });
    return await runWorkerBeside(server, home, shutdown, options);
  } catch (error) {
    reportProblem(serverProblem(error));
    return 7;
  }
}

async function runWorkerBeside(
  server: RunningServer,
  home: string,
  shutdown: AbortController,
  options: UpOptions,
): Promise<number> {
  const { activities, close } = assembleActivities(home);
  const logFile = join(home, 'worker.log');
  installRuntime(createWorkerLog({ file: logFile, ...(options.logLevel && { level: options.logLevel }) }));
  const died = server.exited.then((end) => {
    if (shutdown.signal.aborted) return 0;
    // Without the server the worker would try to reach it for ever.
    shutdown.abort();
    return serverDied(server, end);
  });
  try {
    await runWorker({
      connection: { address: server.address },
      namespace: 'default',
      taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
      activities,
      shutdown: shutdown.signal,
      onReady: () => sayReady(server, logFile),
    });
  } catch (error) {
    if (!shutdown.signal.aborted) {
      shutdown.abort();
      reportProblem(workerProblem(server.address, error));
      await server.stop();
      return 7;
    }
  } finally {
    await close();
  }
  await server.stop();
  return died;
}

function sayReady(server: RunningServer, logFile: string): void {
  for (const line of describeServer(server)) console.log(line);
  console.log(`Worker log:      ${logFile}`);
  console.log('Ready. Ctrl-C stops both; runs wait.');
}
