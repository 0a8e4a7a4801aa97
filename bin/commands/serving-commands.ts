import { portNumber } from '../../client/port-number.js';
import type { CommandSpec } from '../command-spec.js';
import { CONFIG, TASK_QUEUE, PORT, READY_FILE, SERVER } from '../shared-options.js';

/** What serves runs, and what tries them out. */
export const SERVING_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'up',
    summary: 'run the Temporal server and a worker, both in this process',
    about:
      'Ctrl-C stops both; runs wait in the database and go on when it is started again. Where TEMPORAL_ADDRESS\n' +
      'names a server, only the worker is run.',
    options: [CONFIG, TASK_QUEUE, PORT],
    examples: ['runbook up', 'runbook up --port 0'],
    run: async (options, io) => {
      const { servingSettings } = await import('../../client/target.js');
      const { taskQueue } = servingSettings(options, io);
      const port = portNumber(options.port);
      const { runUp } = await import('../../worker/up.js');
      return runUp({
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...(port === undefined ? {} : { port }),
      });
    },
  },
  {
    name: 'worker',
    summary: 'run a worker alone',
    about:
      'It reaches the hosts by ssh: keys, known_hosts and password files of a configuration are on its machine.',
    options: [CONFIG, ...SERVER, TASK_QUEUE, READY_FILE],
    examples: ['runbook worker', 'runbook worker --address temporal.internal:7233 --namespace ops'],
    run: async (options, io) => {
      const { servingSettings } = await import('../../client/target.js');
      const { runWorkerCommand } = await import('../../worker/worker-command.js');
      const { readyFile } = options;
      return runWorkerCommand({
        ...servingSettings(options, io),
        ...(readyFile === undefined ? {} : { readyFile }),
      });
    },
  },
  {
    name: 'server',
    summary: 'run the embedded Temporal server alone',
    options: [],
    examples: ['runbook server'],
    run: async () => (await import('../../worker/server-command.js')).runServerCommand(),
  },
  {
    name: 'demo',
    summary: 'set up replication between hosts of the lab, from nothing to a record that arrives',
    about:
      'What `npm run demo` does after the set-up. It makes the hosts first, unless LAB_SSH_CONFIG names some that\n' +
      'are there, as in the containers of docker-compose.yml.\n' +
      '  --approve      let the demo approver approve, also on a terminal\n' +
      "  --sample SIZE  size of the leader's sample database, where it makes the hosts",
    argument: ['[args...]', 'its own options: runbook demo --help'],
    options: [],
    examples: ['runbook demo'],
    run: async (_options, _io, args) => (await import('../../lab/demo/run-demo.js')).runDemo(args),
    passThrough: true,
  },
  {
    name: 'lab',
    summary: 'real PostgreSQL hosts on this machine, for the demo and the tests (needs root)',
    about:
      'Verbs:\n' +
      '  up, down, reset, destroy, status, check    the hosts, all of them\n' +
      '  boot, shutdown, reboot, power-cut          one host\n' +
      '  exec, ssh-config                           how to get in\n' +
      '  partition, heal, slow, fill, unfill        faults\n' +
      'Their options: runbook lab help',
    argument: ['[args...]', 'a verb, with its own options'],
    options: [],
    examples: [
      'runbook lab up',
      'runbook lab status',
      'runbook lab exec follower1 -- pg_lsclusters',
      'runbook lab destroy',
    ],
    run: async (_options, _io, args) => (await import('../../lab/lab.js')).runLab(args),
    passThrough: true,
  },
];
