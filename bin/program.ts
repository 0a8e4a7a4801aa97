import { Command, Option } from 'commander';
import { COMMANDS } from './command-table.js';
import type { CommandSpec } from './command-spec.js';
import type { CommandIo } from '../client/io.js';
import type { CommandOptions } from '../client/options.js';

/** What the command line was made out to mean; nothing has run yet. */
export interface Invocation {
  spec: CommandSpec;
  options: CommandOptions;
  args: string[];
}

/**
 * The commander program. It only finds out what is meant and hands that to `take`; it never ends the
 * process itself, it throws CommanderError for help, version and mistakes.
 */
export function buildProgram(version: string, take: (invocation: Invocation) => void): Command {
  const program = new Command('runbook')
    .description(
      'Sets up PostgreSQL streaming replication over ssh. Nothing is changed before a person has approved it.',
    )
    .version(version)
    .enablePositionalOptions()
    .helpCommand('help [command]', 'help for a command')
    .addHelpText(
      'after',
      `\n${examplesText(['runbook up', 'runbook plan', 'runbook start --watch', 'runbook lab up'])}`,
    );
  for (const spec of COMMANDS) program.addCommand(commandFor(spec, take));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  return program;
}

function commandFor(spec: CommandSpec, take: (invocation: Invocation) => void): Command {
  const command = new Command(spec.name).summary(spec.summary);
  command.description([spec.summary, spec.about].filter((text) => text !== undefined).join('\n\n'));
  if (spec.argument !== undefined) command.argument(...spec.argument);
  for (const { flags, description, choices, repeatable } of spec.options) {
    const option = new Option(flags, description);
    if (repeatable) option.argParser<string[] | undefined>((value, former) => [...(former ?? []), value]);
    command.addOption(choices === undefined ? option : option.choices(choices));
  }
  if (spec.passThrough) command.allowUnknownOption().passThroughOptions();
  command.addHelpText('after', `\n${examplesText(spec.examples)}`);
  command.action(() => {
    const options: CommandOptions = plural(command.opts());
    const [first] = command.args;
    if (first !== undefined && spec.argument?.[0] === '[cluster]') options.cluster = first;
    if (first !== undefined && spec.argument?.[0] === '<code>') options.code = first;
    if (first !== undefined && spec.argument?.[0] === '[file]') options.file = first;
    take({ spec, options, args: command.args });
  });
  return command;
}

/** `--follower a --follower b` is `followers`; one that is given once at most keeps its name. */
const plural = (options: Record<string, unknown>): CommandOptions =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [Array.isArray(value) ? `${key}s` : key, value]),
  );

const examplesText = (examples: readonly string[]): string =>
  ['Examples:', ...examples.map((example) => `  $ ${example}`)].join('\n');

/** Runs what was meant. @returns exit code */
export const runInvocation = ({ spec, options, args }: Invocation, io: CommandIo): Promise<number> =>
  spec.run(options, io, args);

export const HELP_SHOWN: readonly string[] = [
  'commander.helpDisplayed',
  'commander.version',
  'commander.help',
];
