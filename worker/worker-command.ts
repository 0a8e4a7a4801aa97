import type { NativeConnection } from '@temporalio/worker';
import { DEFAULT_TASK_QUEUE } from '../workflows/contract/names.js';
import { stateHome } from '../server/server-json.js';
import { assembleActivities } from './assemble.js';
import { keepReadyFile } from './ready-file.js';
import { reportProblem, workerProblem } from './report-problem.js';
import { runWorker } from './run-worker.js';
import { shutdownOnSignals } from './shutdown-signals.js';
import { temporalAddress } from './temporal-address.js';
import { createWorkerLog, installRuntime } from './worker-log.js';
import type { WorkerLogOptions } from './worker-log.js';

export interface WorkerCommandOptions {
  address?: string;
  namespace?: string;
  taskQueue?: string;
  stateHome?: string;
  logLevel?: WorkerLogOptions['level'];
  /** For whoever watches over the process: renewed while it takes tasks and the server answers. */
  readyFile?: string;
}

/** `runbook worker`: a worker alone, until a signal. Lines on stdout, the log on stderr. @returns exit code */
export async function runWorkerCommand(options: WorkerCommandOptions = {}): Promise<number> {
  installRuntime(createWorkerLog(options.logLevel === undefined ? {} : { level: options.logLevel }));
  const home = options.stateHome ?? stateHome();
  const target = temporalAddress({ ...options, stateHome: home });
  const taskQueue = options.taskQueue ?? DEFAULT_TASK_QUEUE;
  const { activities, close } = assembleActivities(home);
  const { signal } = shutdownOnSignals(() => console.log('Stopping the worker; runs wait.'));
  let forget: (() => void) | undefined;
  const onReady = (connection: NativeConnection): void => {
    if (options.readyFile !== undefined) forget = keepReadyFile(options.readyFile, connection);
    console.log(
      `Worker ready: ${target.connection.address}, namespace ${target.namespace}, task queue ${taskQueue}.`,
    );
  };
  try {
    await runWorker({ ...target, taskQueue, activities, shutdown: signal, onReady });
    return 0;
  } catch (error) {
    reportProblem(workerProblem(target.connection.address, error));
    return 7;
  } finally {
    forget?.();
    await close();
  }
}
