import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import type { Writable } from 'node:stream';

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface SupervisedChild {
  pid: number;
  /** Settles when the process has ended, whoever ended it. */
  exited: Promise<ChildEnd>;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<ChildEnd>;
}

/**
 * The watcher reads descriptor 3, a pipe whose other end only we hold: when we die, even by SIGKILL, it
 * sees end of file and ends the program. A line through the pipe means that the program is gone already
 * and its pid may belong to somebody else. `exec` keeps the shell's pid, which is what `$$` is.
 */
const WATCHED = '(read -r line <&3 || kill -TERM $$) & exec "$@" 3<&- </dev/null';

/**
 * Starts a program that cannot outlive us. It gets a session of its own, so that Ctrl-C in the terminal
 * reaches us alone and we decide about the order.
 * @param logFile takes stdout and stderr; the one of the start before is kept as `<logFile>.1`
 */
export async function startSupervisedChild(
  program: string,
  args: string[],
  logFile: string,
): Promise<SupervisedChild> {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', program, ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    await spawned(child);
    return supervise(child);
  } finally {
    closeSync(log);
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

function supervise(child: ChildProcess): SupervisedChild {
  const pipe = child.stdio[3] as Writable;
  // The watcher may be gone first, when somebody killed the whole process group.
  pipe.on('error', () => undefined);
  const exited = new Promise<ChildEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      pipe.end('ended\n');
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async (graceMs = 10_000) => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const end = await exited;
      clearTimeout(force);
      return end;
    },
  };
}
