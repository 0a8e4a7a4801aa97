import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labCompanion, noteLabCompanion } from '../lab-companion.js';
import { programOf } from './cli.js';
import { DemoEnd, DemoInterrupted, problemText } from './demo-end.js';
import { demoEnv, shownPath } from './place.js';
import type { DemoPlace } from './place.js';

const READY_WITHIN_MS = 90_000;
/** `up` lets short steps end before it stops its worker. */
const GONE_WITHIN_MS = 30_000;
const READY = /^(Ready\.|Worker ready: )/m;

export interface UpState {
  startedNow: boolean;
  pid: number;
  /** As `runbook up` has said it; absent where TEMPORAL_ADDRESS names a server. */
  address?: string;
  uiAddress?: string;
}

/**
 * `runbook up` in the background, on a free port, known to the lab as its companion. One that was
 * started by another build, or for another server, is replaced: runs wait meanwhile.
 */
export async function ensureUp(place: DemoPlace, interrupted: AbortSignal): Promise<UpState> {
  const made = join(place.home, 'up.made-of');
  const wanted = `${buildOf(place.root)} ${process.env['TEMPORAL_ADDRESS'] ?? ''}\n`;
  const former = labCompanion(place.home, 'up');
  if (former !== undefined && textOf(made) === wanted && READY.test(textOf(place.upLog)))
    return { ...readUpLog(textOf(place.upLog)), startedNow: false, pid: former };
  if (former !== undefined) await end(place, former);
  const pid = spawnUp(place);
  writeFileSync(made, wanted);
  await untilReady(place, interrupted);
  return { ...readUpLog(textOf(place.upLog)), startedNow: true, pid };
}

/** The addresses in what `runbook up` says when it is ready. */
export function readUpLog(text: string): Pick<UpState, 'address' | 'uiAddress'> {
  const address = /^Temporal server:\s+(\S+)$/m.exec(text)?.[1];
  const uiAddress = /^Temporal UI:\s+(\S+)$/m.exec(text)?.[1];
  return {
    ...(address === undefined ? {} : { address }),
    ...(uiAddress === undefined ? {} : { uiAddress }),
  };
}

function spawnUp(place: DemoPlace): number {
  const log = openSync(place.upLog, 'w', 0o600);
  try {
    const args = [programOf(place.root), 'up', '--port', '0', '--task-queue', place.taskQueue];
    // A session of its own: Ctrl-C and the end of this terminal are not meant for it.
    const child = spawn(process.execPath, args, {
      cwd: place.root,
      env: demoEnv(place, process.env),
      detached: true,
      stdio: ['ignore', log, log],
    });
    if (child.pid === undefined) throw new DemoEnd(1, problemText('`runbook up` could not be started'));
    noteLabCompanion(place.home, 'up', child.pid);
    child.unref();
    return child.pid;
  } finally {
    closeSync(log);
  }
}

async function untilReady(place: DemoPlace, interrupted: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!READY.test(textOf(place.upLog))) {
    const ended = labCompanion(place.home, 'up') === undefined;
    if (ended || Date.now() > deadline)
      throw new DemoEnd(
        7,
        problemText(
          `server and worker ${ended ? 'ended at once' : 'are not ready after 90 s'}`,
          textOf(place.upLog).trim().split('\n').slice(-15).join('\n'),
          `Its log is ${shownPath(place, place.upLog)}.`,
        ),
      );
    if (interrupted.aborted) throw new DemoInterrupted();
    await sleep(50);
  }
}

async function end(place: DemoPlace, pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (labCompanion(place.home, 'up') === pid) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Which build the program is of; the set-up writes it. */
const buildOf = (root: string): string => textOf(join(root, 'dist', '.build-stamp')).trim();

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
