import type { CommandSpec } from '../command-spec.js';
import { option, CLUSTER, JSON_OUTPUT, FOLLOWER, TASK_QUEUE, ACT, RUN } from '../shared-options.js';

/** What only looks, and what must be there before a run. */
export const LOOKING_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'write a first runbook.yaml; never over a file that exists',
    about:
      'On a terminal it asks for what the options leave out. A host may be an alias of ~/.ssh/config: what\n' +
      '`ssh -G` says of it (user, host name, port, key, known_hosts) goes into the file, because the worker\n' +
      'itself reads no ssh configuration. No host is contacted.',
    argument: ['[file]', 'the file to write (default: ./runbook.yaml)'],
    options: [
      option('--cluster <name>', "names the runs (default: the directory's name)"),
      option('--leader <host>', 'the host that has the data'),
      {
        flags: '--follower <host>',
        description: 'a host that shall follow; once for each',
        repeatable: true,
      },
      JSON_OUTPUT,
    ],
    examples: [
      'runbook init',
      'runbook init --cluster orders --leader db1 --follower db2 --follower db3',
      'runbook init orders.yaml --cluster orders --leader 10.0.0.1 --follower ops@10.0.0.2 --json',
    ],
    run: async (options, io) => (await import('../../client/commands/init.js')).runInit(options, io),
  },
  {
    name: 'plan',
    summary: 'look at the hosts and print what a run would do; changes nothing',
    argument: CLUSTER,
    options: [...ACT, TASK_QUEUE],
    examples: [
      'runbook plan',
      'runbook plan orders --config orders.yaml',
      'runbook plan --json | jq .plans[0].findings',
    ],
    run: async (options, io) => (await import('../../client/commands/plan.js')).runPlan(options, io),
  },
  {
    name: 'doctor',
    summary: 'look at the hosts and say what is wrong with them and what to do; changes nothing',
    about:
      'Blockers first, each with its remedy; hosts that are well say what was looked at. Needs a server and\n' +
      'a worker, as plan does.\n' +
      'Exit code: 0 without blockers, 3 with one.',
    argument: CLUSTER,
    options: [...ACT, TASK_QUEUE],
    examples: [
      'runbook doctor',
      'runbook doctor orders --config orders.yaml',
      "runbook doctor --json | jq '.hosts[].findings[].code'",
    ],
    run: async (options, io) => (await import('../../client/commands/doctor.js')).runDoctor(options, io),
  },
  {
    name: 'check',
    summary: 'say whether each follower still replicates; changes nothing',
    about:
      'For cron: the same look at the hosts as plan and doctor, and for each follower whether it streams from this\n' +
      'leader through its own slot and has replayed what the leader had flushed at that moment. Needs a server and a worker.\n' +
      'Exit code: 0 all do, 5 one does not, 7 no server or no worker.',
    argument: CLUSTER,
    options: [FOLLOWER, ...ACT, TASK_QUEUE],
    examples: ['runbook check', 'runbook check orders --config /etc/runbook/orders.yaml --json'],
    run: async (options, io) => (await import('../../client/commands/check.js')).runCheck(options, io),
  },
  {
    name: 'report',
    summary: 'print what a run did, as Markdown for a change ticket',
    about:
      'Written when a run ends, by the worker it ended on: decisions and who made them, steps with times and evidence,\n' +
      'the commands of the journals, the files that were edited before and now, what is left and what is different.\n' +
      'Passwords are not in it. The worker keeps it in its state directory, reports/CLUSTER/RUN.',
    argument: CLUSTER,
    options: [option('--run <id>', 'an earlier run (default: the last one)'), ...RUN, TASK_QUEUE],
    examples: ['runbook report', 'runbook report orders >change-4711.md', 'runbook report orders --json'],
    run: async (options, io) => (await import('../../client/commands/report.js')).runReport(options, io),
  },
];
