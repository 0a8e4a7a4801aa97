import { heartbeat } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { CopyProgress } from '../../../workflows/contract/activities.js';
import { activitiesOf, FakeHosts, Hold } from './fake-hosts.js';

/**
 * A worker in a process of its own, to be killed: `lone-worker.ts ADDRESS TASK_QUEUE BUNDLE`.
 * Its copy never ends; it prints `copying` when it has begun.
 */
const [address = '', taskQueue = '', codePath = ''] = process.argv.slice(2);

const hosts = new FakeHosts();
const hold = new Hold();
hosts.at('takeBaseBackup', (input) => {
  const progress: CopyProgress = {
    phase: 'copying',
    bytesDone: 50_000_000,
    bytesTotal: 100_000_000,
    at: new Date().toISOString(),
    job: 'j/1',
  };
  // More often than the signs of life of the fake, which have no details.
  setInterval(() => {
    heartbeat(progress);
  }, 10);
  return hold.behaviour(hosts, 'copy')(input);
});

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath },
  activities: activitiesOf(() => hosts),
  maxHeartbeatThrottleInterval: '200ms',
  stickyQueueScheduleToStartTimeout: '1s',
});
void hold.begun.then(() => {
  console.log('copying');
});
await worker.run();
