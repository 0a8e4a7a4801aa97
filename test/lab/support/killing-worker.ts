import { join } from 'node:path';
import { createActivities } from '../../../activities/create-activities.js';
import { createHostPool } from '../../../activities/hosts/host-pool.js';
import { ReportFiles } from '../../../activities/report-files.js';
import { runWorker } from '../../../worker/run-worker.js';
import { shutdownOnSignals } from '../../../worker/shutdown-signals.js';
import { temporalAddress } from '../../../worker/temporal-address.js';
import { createWorkerLog, installRuntime } from '../../../worker/worker-log.js';
import { DEFAULT_TASK_QUEUE } from '../../../workflows/contract/names.js';
import { killingHosts } from './killing-hosts.js';
import { KillPoints } from './kill-points.js';

/**
 * `killing-worker STATE_HOME DIRECTORY`: the worker of the product, made of its own parts, whose hosts carry
 * the kill points of DIRECTORY. The product itself knows nothing of them.
 */
const [stateHome = '', directory = ''] = process.argv.slice(2);

installRuntime(createWorkerLog({ level: 'warn' }));
const hosts = killingHosts(createHostPool(), new KillPoints(directory));
const { signal } = shutdownOnSignals(() => undefined);
try {
  await runWorker({
    ...temporalAddress({ stateHome }),
    taskQueue: DEFAULT_TASK_QUEUE,
    activities: createActivities(hosts, new ReportFiles(join(stateHome, 'reports'))),
    shutdown: signal,
    onReady: () => console.log('Worker ready.'),
  });
} finally {
  await hosts.close();
}
