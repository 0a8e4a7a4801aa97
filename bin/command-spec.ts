import type { CommandIo } from '../client/io.js';
import type { CommandOptions } from '../client/options.js';

/** A command, its options and its examples. */
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
