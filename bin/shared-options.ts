import type { CommandSpec, OptionSpec } from './command-spec.js';

export const option = (flags: string, description: string, choices?: readonly string[]): OptionSpec =>
  choices === undefined ? { flags, description } : { flags, description, choices };

export const CLUSTER: NonNullable<CommandSpec['argument']> = [
  '[cluster]',
  'name of the run; default: cluster of ./runbook.yaml, else the only open run',
];

export const CONFIG = option('--config <file>', 'configuration (default: ./runbook.yaml)');
export const BY = option('--by <who>', 'who acts (default: $SUDO_USER or the login name)');
export const JSON_OUTPUT = option('--json', 'print JSON only, on stdout');
export const FOLLOWER = option('--follower <name>', 'only this follower');
export const TASK_QUEUE = option('--task-queue <name>', 'task queue of the worker');
export const PORT = option(
  '--port <number>',
  'of the server (default: 7233, or a free one; 0: any free one)',
);
export const READY_FILE = option(
  '--ready-file <path>',
  'written anew every 5 s while the worker runs and the server answers; for health checks',
);
export const SERVER = [
  option(
    '--address <host:port>',
    'Temporal server (default: TEMPORAL_ADDRESS or profile, server.json, localhost:7233)',
  ),
  option('--namespace <name>', 'Temporal namespace'),
];
export const RUN = [CONFIG, JSON_OUTPUT, ...SERVER];
export const ACT = [BY, ...RUN];
export const GATE = option(
  '--gate <id>',
  'the gate meant: change-leader, or wipe-follower/NAME, swap-follower/NAME, repair-follower/NAME, undo-replacement/NAME, purge-replaced/NAME',
);
export const CONFIRM = option('--confirm <name>', 'the name on the card, instead of typing it');
export const FINGERPRINT = option(
  '--fingerprint <digits>',
  'the first 12 digits of the fingerprint on the card',
);
export const IDENTIFIER = option(
  '--identifier <id>',
  'the system identifier, or path, where the card asks for it as well',
);
export const REASON = option('--reason <text>', 'why; kept with the run');
export const WATCH = option('--watch', 'follow the run to its end');

export const EXIT_CODES =
  'Exit code: 0 done, nothing to do or accepted; 3 waiting for a person or refused; 4 rejected or cancelled;\n' +
  '5 failed or partial; 6 no such run; 7 no server or no worker; 2 usage or configuration; 124 timeout; 130 interrupted.';
