import type { CommandSpec } from '../command-spec.js';
import {
  option,
  CLUSTER,
  JSON_OUTPUT,
  FOLLOWER,
  TASK_QUEUE,
  SERVER,
  RUN,
  ACT,
  WATCH,
  EXIT_CODES,
} from '../shared-options.js';

/** Starting a run, and seeing where it stands. */
export const RUN_COMMANDS: readonly CommandSpec[] = [
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
    run: async (options, io) => (await import('../../client/commands/start.js')).runStart(options, io),
  },
  {
    name: 'watch',
    summary: 'follow a run to its end; on a terminal it offers the approvals',
    about:
      'Ctrl-C ends the watching, not the run. Without a terminal: one line an event and per 10 % of a copy.',
    argument: CLUSTER,
    options: ACT,
    examples: ['runbook watch', 'runbook watch orders --json'],
    run: async (options, io) => (await import('../../client/commands/watch.js')).runWatch(options, io),
  },
  {
    name: 'show',
    summary: 'print where a run stands, and the cards of its open gates',
    about: `Without a worker it prints what the server itself knows.\n${EXIT_CODES}`,
    argument: CLUSTER,
    options: RUN,
    examples: ['runbook show', 'runbook show orders --json'],
    run: async (options, io) => (await import('../../client/commands/show.js')).runShow(options, io),
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
    run: async (options, io) => (await import('../../client/commands/wait.js')).runWait(options, io),
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
    run: async (options, io) => (await import('../../client/commands/list.js')).runList(options, io),
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
      (await import('../../client/commands/reversal.js')).runReversal('undo', options, io),
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
      (await import('../../client/commands/reversal.js')).runReversal('purge', options, io),
  },
  {
    name: 'explain',
    summary: 'say what a code means and what to do about it',
    argument: ['<code>', 'the code in brackets behind a message'],
    options: [JSON_OUTPUT],
    examples: ['runbook explain HOST_KEY_CHANGED'],
    run: async (options, io) => (await import('../../client/commands/explain.js')).runExplain(options, io),
  },
];
