import { EXIT } from './exit-codes.js';
import { ascii } from './render/printable.js';
import { styleOf } from './render/style.js';
import type { Style } from './render/style.js';

/** Everything a command has of its surroundings. Tests give their own. */
export interface CommandIo {
  env: Record<string, string | undefined>;
  cwd: string;
  /** How stdout may look; stderr is taken to look the same. */
  style: Style;
  /** A person sits there: stdin and stdout are terminals. Only then anything is asked. */
  interactive: boolean;
  /** A whole text to stdout, without its last newline. */
  print(text: string): void;
  /** The same to stderr: progress, prompts, errors. */
  note(text: string): void;
  /** Shows a text in place of the one before; only where `interactive`. */
  live(text: string): void;
  /** The live text stays where it is; what comes next comes below. */
  settle(): void;
  /** Undefined at end of file, an empty line or Ctrl-C, and when `withdrawn` fires: nobody needs the answer any more. */
  ask(question: string, withdrawn?: AbortSignal): Promise<string | undefined>;
  /** The same, but an empty line answers `fallback`. */
  askOr(question: string, fallback: string): Promise<string | undefined>;
  /** Fires at Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** One JSON value per line, as is: raw output stays raw. */
export const printJson = (io: CommandIo, value: unknown): void => {
  io.print(JSON.stringify(value));
};

export async function processIo(): Promise<CommandIo> {
  const style = styleOf(process.stdout, process.env);
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const clean = (text: string): string => (style.unicode ? text : ascii(text));
  const interrupt = lazyInterrupt();
  // log-update writes ANSI even into a pipe, so it exists for a terminal only.
  const live = interactive ? (await import('log-update')).createLogUpdate(process.stdout) : undefined;
  return {
    env: process.env,
    cwd: process.cwd(),
    style,
    interactive,
    print: (text) => void process.stdout.write(`${clean(text)}\n`),
    note: (text) => void process.stderr.write(`${clean(text)}\n`),
    live: (text) => {
      live?.(clean(text));
    },
    settle: () => {
      live?.done();
    },
    ask: async (question, withdrawn) => {
      const { askLine } = await import('./ask-line.js');
      return askLine(clean(question), interrupt(), { withdrawn });
    },
    askOr: async (question, fallback) => {
      const { askLine } = await import('./ask-line.js');
      return askLine(clean(question), interrupt(), { atEmpty: fallback });
    },
    get interrupted() {
      return interrupt().signal;
    },
  };
}

/** Listens only once somebody wants to know: a command that never asks ends at Ctrl-C as any program does. */
function lazyInterrupt(): () => AbortController {
  let controller: AbortController | undefined;
  return () => {
    if (controller !== undefined) return controller;
    const made = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // Stays registered: log-update's exit handler kills the process when it finds itself alone.
      process.on(signal, () => {
        if (made.signal.aborted) process.exit(EXIT.interrupted);
        made.abort();
      });
    }
    controller = made;
    return made;
  };
}
