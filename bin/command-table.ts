import type { CommandIo } from '../client/io.js';
import type { CommandOptions } from '../client/options.js';
import { portNumber } from '../client/port-number.js';

/** The one place that names every command, its options and its examples. */
export interface CommandSpec {
  name: string;
  summary: string;
  /** More than the summary, for `--help`. */
  about?: string;
  /** As commander writes it: `[cluster]`, `<code>`, `[args...]`. */
  argument?: [flag: string, description: string];
  options: OptionSpec[];
  examples: string[];
  /** Loaded only when the command runs: `--help` must not load the Temporal SDK. */
  run: (options: CommandOptions, io: CommandIo, args: string[]) => Promise<number>;
  /** Hands everything behind the command's name on as it is. */
  passThrough?: true;
}

export interface OptionSpec {
  flags: string;
  description: string;
  choices?: readonly string[];
  /** May be given several times; the values come as an array, under the name's plural. */
  repeatable?: true;
}

const option = (flags: string, description: string, choices?: readonly string[]): OptionSpec =>
  choices === undefined ? { flags, description } : { flags, description, choices };

const CLUSTER: CommandSpec['argument'] = [
  '[cluster]',
  'name of the run; default: cluster of ./runbook.yaml, else the only open run',
];

const CONFIG = option('--config <file>', 'configuration (default: ./runbook.yaml)');
const BY = option('--by <who>', 'who acts (default: $SUDO_USER or the login name)');
const JSON_OUTPUT = option('--json', 'print JSON only, on stdout');
const FOLLOWER = option('--follower <name>', 'only this follower');
const TASK_QUEUE = option('--task-queue <name>', 'task queue of the worker');
const PORT = option('--port <number>', 'of the server (default: 7233, or a free one; 0: any free one)');
const READY_FILE = option(
  '--ready-file <path>',
  'written anew every 5 s while the worker runs and the server answers; for health checks',
);
const SERVER = [
  option(
    '--address <host:port>',
    'Temporal server (default: TEMPORAL_ADDRESS or profile, server.json, localhost:7233)',
  ),
  option('--namespace <name>', 'Temporal namespace'),
];
const RUN = [CONFIG, JSON_OUTPUT, ...SERVER];
const ACT = [BY, ...RUN];
const GATE = option(
  '--gate <id>',
  'the gate meant: change-leader, or wipe-follower/NAME, swap-follower/NAME, repair-follower/NAME, undo-replacement/NAME, purge-replaced/NAME',
);
const CONFIRM = option('--confirm <name>', 'the name on the card, instead of typing it');
const FINGERPRINT = option('--fingerprint <digits>', 'the first 12 digits of the fingerprint on the card');
const IDENTIFIER = option(
  '--identifier <id>',
  'the system identifier, or path, where the card asks for it as well',
);
const REASON = option('--reason <text>', 'why; kept with the run');
const WATCH = option('--watch', 'follow the run to its end');

const EXIT_CODES =
  'Exit code: 0 done, nothing to do or accepted; 3 waiting for a person or refused; 4 rejected or cancelled;\n' +
  '5 failed or partial; 6 no such run; 7 no server or no worker; 2 usage or configuration; 124 timeout; 130 interrupted.';

export const COMMANDS: readonly CommandSpec[] = [
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
    run: async (options, io) => (await import('../client/commands/init.js')).runInit(options, io),
  },
  {
    name: 'up',
    summary: 'run the Temporal server and a worker, both in this process',
    about:
      'Ctrl-C stops both; runs wait in the database and go on when it is started again. Where TEMPORAL_ADDRESS\n' +
      'names a server, only the worker is run.',
    options: [CONFIG, TASK_QUEUE, PORT],
    examples: ['runbook up', 'runbook up --port 0'],
    run: async (options, io) => {
      const { servingSettings } = await import('../client/target.js');
      const { taskQueue } = servingSettings(options, io);
      const port = portNumber(options.port);
      const { runUp } = await import('../worker/up.js');
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
      const { servingSettings } = await import('../client/target.js');
      const { runWorkerCommand } = await import('../worker/worker-command.js');
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
    run: async () => (await import('../worker/server-command.js')).runServerCommand(),
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
    run: async (options, io) => (await import('../client/commands/plan.js')).runPlan(options, io),
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
    run: async (options, io) => (await import('../client/commands/doctor.js')).runDoctor(options, io),
  },
  {
    name: 'start',
    summary: 'start a run, or attach to the one that is open; changes nothing before its gates are approved',
    about: EXIT_CODES,
    argument: CLUSTER,
    options: [WATCH, ...ACT, TASK_QUEUE],
    examples: [
      'runbook start',
      'runbook start --watch',
      'runbook start orders --config orders.yaml --by alice --json',
    ],
    run: async (options, io) => (await import('../client/commands/start.js')).runStart(options, io),
  },
  {
    name: 'watch',
    summary: 'follow a run to its end; on a terminal it offers the approvals',
    about:
      'Ctrl-C ends the watching, not the run. Without a terminal: one line an event and per 10 % of a copy.',
    argument: CLUSTER,
    options: ACT,
    examples: ['runbook watch', 'runbook watch orders --json'],
    run: async (options, io) => (await import('../client/commands/watch.js')).runWatch(options, io),
  },
  {
    name: 'show',
    summary: 'print where a run stands, and the cards of its open gates',
    about: `Without a worker it prints what the server itself knows.\n${EXIT_CODES}`,
    argument: CLUSTER,
    options: RUN,
    examples: ['runbook show', 'runbook show orders --json'],
    run: async (options, io) => (await import('../client/commands/show.js')).runShow(options, io),
  },
  {
    name: 'wait',
    summary: 'wait until somebody has to decide, or until the run has ended',
    about: EXIT_CODES,
    argument: CLUSTER,
    options: [
      option('--for <state>', 'what to wait for: gate or closed (default: closed)', ['gate', 'closed']),
      option('--timeout <time>', 'give up after this time, e.g. 30s, 10m, 2h (exit 124)'),
      ...RUN,
    ],
    examples: ['runbook wait --for gate --timeout 10m', 'runbook wait orders --for closed'],
    run: async (options, io) => (await import('../client/commands/wait.js')).runWait(options, io),
  },
  {
    name: 'list',
    summary: 'list the runs on the server, those that are open first; needs no worker',
    options: [
      option('--all', 'also those that ended before the last one of their cluster'),
      JSON_OUTPUT,
      ...SERVER,
    ],
    examples: ['runbook list', "runbook list --json | jq '.[] | select(.needs != [])'"],
    run: async (options, io) => (await import('../client/commands/list.js')).runList(options, io),
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
    run: async (options, io) => (await import('../client/commands/check.js')).runCheck(options, io),
  },
  {
    name: 'approve',
    summary: 'approve gates card by card; without a terminal, one gate by name and fingerprint',
    about:
      'On a terminal each card is shown and the name on it has to be typed; where data goes that exists nowhere else,\nthe system identifier as well. An empty line, end of file and Ctrl-C never approve.',
    argument: CLUSTER,
    options: [GATE, FOLLOWER, CONFIRM, FINGERPRINT, IDENTIFIER, REASON, ...ACT],
    examples: [
      'runbook approve',
      'runbook approve orders --gate wipe-follower/follower1 --confirm follower1 --fingerprint 1a2b3c4d5e6f',
    ],
    run: async (options, io) => (await import('../client/commands/approve.js')).runApprove(options, io),
  },
  {
    name: 'reject',
    summary: 'refuse a gate; what the run made for it is taken back',
    argument: CLUSTER,
    options: [GATE, FOLLOWER, REASON, CONFIRM, FINGERPRINT, ...ACT],
    examples: ['runbook reject orders --gate wipe-follower/follower1 --reason "wrong host"'],
    run: async (options, io) => (await import('../client/commands/reject.js')).runReject(options, io),
  },
  {
    name: 'resume',
    summary: 'answer a failure the run is parked on; start a run that has ended again',
    about:
      'A run that has ended is started again with the configuration; it finds on the hosts what is done already.\n' +
      "With --config FILE an open run takes that configuration, where it is another than the run's: it looks at the hosts\n" +
      'again and asks for everything again. Cluster, hosts and names stay.',
    argument: CLUSTER,
    options: [
      option('--retry', 'try the step again (default)'),
      option('--skip', 'go on without the step, where that is allowed'),
      option('--abort', 'end this part of the run; what it made is taken back'),
      option(
        '--restart',
        "end the run where it stands and start it again with this program's steps; a copy that runs goes on",
      ),
      option('--follower <name>', 'the part meant where several are parked: a follower, or leader'),
      REASON,
      WATCH,
      ...ACT,
      TASK_QUEUE,
    ],
    examples: [
      'runbook resume',
      'runbook resume orders --follower follower2 --abort --reason "disk too small"',
      'runbook resume --config runbook.yaml',
      'runbook resume --restart',
    ],
    run: async (options, io) => (await import('../client/commands/resume.js')).runResume(options, io),
  },
  {
    name: 'hold',
    summary: 'begin no new step until it is released; what runs goes on to its end',
    about: 'Gates can be decided meanwhile. Whoever is in or past the swap is not held.',
    argument: CLUSTER,
    options: [FOLLOWER, REASON, ...ACT],
    examples: ['runbook hold --reason "failover drill"', 'runbook hold orders --follower follower2'],
    run: async (options, io) => (await import('../client/commands/hold.js')).runHold(options, io),
  },
  {
    name: 'release',
    summary: 'let go on what was held',
    argument: CLUSTER,
    options: [FOLLOWER, ...ACT],
    examples: ['runbook release', 'runbook release orders --follower follower2'],
    run: async (options, io) => (await import('../client/commands/hold.js')).runRelease(options, io),
  },
  {
    name: 'cancel',
    summary: "end a run, or one follower's part of it; what it made is taken back",
    about:
      'With --force the run is ended at once, without a worker, and nothing is taken back: the next start takes over what\n' +
      "is left on the hosts. The cluster's name has to be typed, or given with --confirm.",
    argument: CLUSTER,
    options: [
      FOLLOWER,
      option('--force', 'end the run and leave the hosts as they are'),
      option('--confirm <cluster>', 'with --force: the name of the cluster, instead of typing it'),
      REASON,
      ...ACT,
    ],
    examples: [
      'runbook cancel',
      'runbook cancel orders --follower follower2 --reason "later"',
      'runbook cancel orders --force --confirm orders',
    ],
    run: async (options, io) => (await import('../client/commands/cancel.js')).runCancel(options, io),
  },
  {
    name: 'undo',
    summary: 'put the data back that a run has replaced; changes nothing before its gates are approved',
    about:
      'The follower is stopped, its copy moved aside and the former data moved back; its server is started if it\n' +
      'ran before. Slot, pg_hba.conf line and role of the follower go. Refused for a follower that was promoted.\n' +
      EXIT_CODES,
    argument: CLUSTER,
    options: [FOLLOWER, WATCH, ...ACT, TASK_QUEUE],
    examples: ['runbook undo', 'runbook undo orders --follower follower1 --watch'],
    run: async (options, io) =>
      (await import('../client/commands/reversal.js')).runReversal('undo', options, io),
  },
  {
    name: 'purge',
    summary: 'delete the data that runs have replaced; changes nothing before its gates are approved',
    about:
      'Only directories that an operation has recorded, and only while the follower streams. After it nothing can\n' +
      `be undone.\n${EXIT_CODES}`,
    argument: CLUSTER,
    options: [FOLLOWER, WATCH, ...ACT, TASK_QUEUE],
    examples: ['runbook purge', 'runbook purge orders --follower follower1 --watch'],
    run: async (options, io) =>
      (await import('../client/commands/reversal.js')).runReversal('purge', options, io),
  },
  {
    name: 'explain',
    summary: 'say what a code means and what to do about it',
    argument: ['<code>', 'the code in brackets behind a message'],
    options: [JSON_OUTPUT],
    examples: ['runbook explain HOST_KEY_CHANGED'],
    run: async (options, io) => (await import('../client/commands/explain.js')).runExplain(options, io),
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
    run: async (_options, _io, args) => (await import('../lab/demo/run-demo.js')).runDemo(args),
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
    run: async (_options, _io, args) => (await import('../lab/lab.js')).runLab(args),
    passThrough: true,
  },
];
