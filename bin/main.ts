import { CommanderError } from 'commander';
import { CommandFailure, commandFailure } from '../client/failure.js';
import { EXIT, exitCodeOf } from '../client/exit-codes.js';
import { printJson } from '../client/io.js';
import type { CommandIo } from '../client/io.js';
import { renderProblem } from '../client/render/problem.js';
import type { Problem } from '../workflows/contract/failure.js';
import { buildProgram, HELP_SHOWN, runInvocation } from './program.js';
import type { Invocation } from './program.js';

/** One command line from its words to its exit code. */
export async function main(argv: readonly string[], version: string, io: CommandIo): Promise<number> {
  try {
    const invocation = parse(argv, version, io);
    return invocation === undefined ? EXIT.ok : await runInvocation(invocation, io);
  } catch (error) {
    io.settle();
    if (io.interrupted.aborted && !(error instanceof CommandFailure)) return EXIT.interrupted;
    const problem = error instanceof CommandFailure ? error.problem : unexpected(error);
    if (argv.includes('--json')) printJson(io, { error: shown(problem) });
    else io.note(renderProblem(problem, io.style));
    return exitCodeOf(problem.code);
  }
}

/** Undefined when help or the version was printed. @throws USAGE */
function parse(argv: readonly string[], version: string, io: CommandIo): Invocation | undefined {
  let invocation: Invocation | undefined;
  const program = buildProgram(version, (taken) => {
    invocation = taken;
  });
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => {
        io.print(text.trimEnd());
      },
      getOutHelpWidth: () => io.style.width,
      getErrHelpWidth: () => io.style.width,
      getOutHasColors: () => io.style.color,
    });
  }
  if (argv.length === 0) {
    io.note(program.helpInformation().trimEnd());
    throw commandFailure('USAGE', 'no command was given', { hint: 'Name one of the commands above.' });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (HELP_SHOWN.includes(error.code) && error.exitCode === 0) return undefined;
    throw usage(error, argv[0]);
  }
  return invocation;
}

/** Commander writes `error: unknown option '--foo'` and, on a line of its own, `(Did you mean --for?)`. */
function usage(error: CommanderError, command: string | undefined): CommandFailure {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /\(Did you mean (.+)\?\)/.exec(rest.join('\n'))?.[1];
  const help =
    command === undefined || command.startsWith('-') ? 'runbook --help' : `runbook help ${command}`;
  return commandFailure('USAGE', first, {
    hint:
      suggestion === undefined
        ? `See \`${error.code === 'commander.unknownCommand' ? 'runbook --help' : help}\`.`
        : `Did you mean ${suggestion}?`,
    cause: error,
  });
}

function unexpected(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const detail = error instanceof Error ? error.stack : undefined;
  return { code: 'INTERNAL', message, ...(detail === undefined ? {} : { detail }) };
}

const shown = ({ code, message, detail, hint }: Problem): Problem => ({
  code,
  message,
  ...(detail === undefined ? {} : { detail }),
  ...(hint === undefined ? {} : { hint }),
});
