import { NativeConnection, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Activities } from '../workflows/contract/activities.js';
import { workflowCode } from './workflow-code.js';
import type { WorkflowCode } from './workflow-code.js';

export interface RunWorkerOptions {
  connection: NativeConnectionOptions;
  namespace: string;
  taskQueue: string;
  activities: Activities;
  /** Aborted: no new task is taken, running steps are told to detach, then `runWorker` returns. */
  shutdown: AbortSignal;
  /** Called when the worker is registered and about to take tasks. */
  onReady?: (connection: NativeConnection) => void;
  /** For tests; default: what the build made. */
  code?: WorkflowCode;
}

/**
 * Runs one worker until `shutdown`. The copy goes on without it: its job lives on the follower.
 * @throws when the server cannot be reached at the start, or the worker fails for good
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const connection = await NativeConnection.connect(options.connection);
  try {
    const worker = await createWorker(connection, options);
    options.onReady?.(connection);
    await worker.runUntil(aborted(options.shutdown));
  } finally {
    await connection.close();
  }
}

function createWorker(connection: NativeConnection, options: RunWorkerOptions): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    activities: options.activities,
    ...(options.code ?? workflowCode()),
    // A cancel reaches a step with the answer to its heartbeat: not later than this.
    maxHeartbeatThrottleInterval: '1s',
    // After a worker was killed its runs wait this long for it before another one gets them.
    stickyQueueScheduleToStartTimeout: '2s',
    // Short steps may end; the copy never does in such a time, and is attached to again later.
    shutdownGraceTime: '2s',
    shutdownForceTime: '20s',
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
