import { NativeConnection, Worker } from '@temporalio/worker';
import { activitiesOf, FakeHosts, Hold } from './fake-hosts.js';

/**
 * A worker in a process of its own, to be killed: `lone-worker.ts ADDRESS TASK_QUEUE BUNDLE`.
 * Its copy never ends; it prints `copying` when it has begun.
 */
const [address = '', taskQueue = '', codePath = ''] = process.argv.slice(2);

const hosts = new FakeHosts();
const hold = new Hold();
hosts.at('takeBaseBackup', hold.behaviour(hosts, 'copy'));

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
