import type { CommandSpec } from '../command-spec.js';
import {
  option,
  CLUSTER,
  FOLLOWER,
  TASK_QUEUE,
  ACT,
  GATE,
  CONFIRM,
  FINGERPRINT,
  IDENTIFIER,
  REASON,
  WATCH,
} from '../shared-options.js';

/** What a person decides of a run. */
export const DECIDING_COMMANDS: readonly CommandSpec[] = [
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
    run: async (options, io) => (await import('../../client/commands/approve.js')).runApprove(options, io),
  },
  {
    name: 'reject',
    summary: 'refuse a gate; what the run made for it is taken back',
    argument: CLUSTER,
    options: [GATE, FOLLOWER, REASON, CONFIRM, FINGERPRINT, ...ACT],
    examples: ['runbook reject orders --gate wipe-follower/follower1 --reason "wrong host"'],
    run: async (options, io) => (await import('../../client/commands/reject.js')).runReject(options, io),
  },
  {
    name: 'resume',
    summary: 'answer a failure the run is parked on; start a run that has ended again',
    about:
      'A run that has ended is started again with the configuration; it finds on the hosts what is done already.\n' +
      "With --config FILE an open run takes that configuration, where it is another than the run's: it looks at the hosts\n" +
      'again and asks for everything again. Cluster, hosts and names stay.\n' +
      'With --take-over the operations that another run, gone for good, has left open on a host become those of this run.',
    argument: CLUSTER,
    options: [
      option('--retry', 'try the step again (default)'),
      option('--skip', 'go on without the step, where that is allowed'),
      option('--abort', 'end this part of the run; what it made is taken back'),
      option('--take-over', 'make operations that a run which is gone has left open those of this run'),
      option('--confirm <name>', 'with --take-over: the name of the host, instead of typing it'),
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
      'runbook resume orders --follower follower1 --take-over --confirm follower1',
    ],
    run: async (options, io) => (await import('../../client/commands/resume.js')).runResume(options, io),
  },
  {
    name: 'hold',
    summary: 'begin no new step until it is released; what runs goes on to its end',
    about: 'Gates can be decided meanwhile. Whoever is in or past the swap is not held.',
    argument: CLUSTER,
    options: [FOLLOWER, REASON, ...ACT],
    examples: ['runbook hold --reason "failover drill"', 'runbook hold orders --follower follower2'],
    run: async (options, io) => (await import('../../client/commands/hold.js')).runHold(options, io),
  },
  {
    name: 'release',
    summary: 'let go on what was held',
    argument: CLUSTER,
    options: [FOLLOWER, ...ACT],
    examples: ['runbook release', 'runbook release orders --follower follower2'],
    run: async (options, io) => (await import('../../client/commands/hold.js')).runRelease(options, io),
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
    run: async (options, io) => (await import('../../client/commands/cancel.js')).runCancel(options, io),
  },
];
