import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { DemoInterrupted, INTERRUPTED_CODE } from './demo-end.js';
import { demoEnv } from './place.js';
import type { DemoPlace } from './place.js';

/** The command line a person would use, run as such a person would. */
export interface Cli {
  /** On this terminal. @returns its exit code @throws DemoInterrupted */
  show(args: string[]): Promise<number>;
  /** stdout is for us, stderr for the person. @throws DemoInterrupted */
  read(args: string[]): Promise<CliAnswer>;
  /** One that goes on while others run. */
  begin(args: string[], stdout: 'inherit' | 'pipe'): RunningCommand;
  /** Fires at Ctrl-C and the like. */
  readonly interrupted: AbortSignal;
}

export interface CliAnswer {
  code: number;
  stdout: string;
}

export interface RunningCommand {
  ended: Promise<CliAnswer>;
  /** As Ctrl-C would. */
  stop(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const programOf = (root: string): string => join(root, 'dist', 'bin', 'runbook.js');

/**
 * On a terminal Ctrl-C reaches the command that runs by itself, and that one ends in its own way before we
 * do; a signal to this process alone is handed on.
 */
export function createCli(place: DemoPlace): Cli {
  const running = new Set<ChildProcess>();
  const interrupt = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      interrupt.abort();
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      for (const child of running) child.kill(signal);
    });
  }
  const begin: Cli['begin'] = (args, stdout) => {
    if (interrupt.signal.aborted) throw new DemoInterrupted();
    const child = spawn(process.execPath, [programOf(place.root), ...args], {
      cwd: place.root,
      env: demoEnv(place, process.env),
      stdio: ['inherit', stdout, 'inherit'],
    });
    running.add(child);
    return {
      ended: answerOf(child).finally(() => running.delete(child)),
      stop: () => void child.kill('SIGINT'),
    };
  };
  const run = async (args: string[], stdout: 'inherit' | 'pipe'): Promise<CliAnswer> => {
    const answer = await begin(args, stdout).ended;
    if (interrupt.signal.aborted || answer.code === INTERRUPTED_CODE) throw new DemoInterrupted();
    return answer;
  };
  return {
    show: async (args) => (await run(args, 'inherit')).code,
    read: (args) => run(args, 'pipe'),
    begin,
    interrupted: interrupt.signal,
  };
}

function answerOf(child: ChildProcess): Promise<CliAnswer> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
        stdout: Buffer.concat(chunks).toString(),
      });
    });
  });
}
