import type { CommandSpec } from './command-spec.js';
import { DECIDING_COMMANDS } from './commands/deciding-commands.js';
import { LOOKING_COMMANDS } from './commands/looking-commands.js';
import { RUN_COMMANDS } from './commands/run-commands.js';
import { SERVING_COMMANDS } from './commands/serving-commands.js';

/** Every command, in the order in which `--help` lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...LOOKING_COMMANDS,
  ...RUN_COMMANDS,
  ...DECIDING_COMMANDS,
  ...SERVING_COMMANDS,
];
