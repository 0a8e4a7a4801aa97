import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServerJson } from './server-json.js';

/**
 * A server whose starter was killed takes some seconds to end by itself; until then it writes to the
 * database.
 * @returns the pid of a server that is still there after `withinMs`
 */
export async function waitForFormerServer(
  home: string,
  databaseFile: string,
  withinMs: number,
): Promise<number | undefined> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const former = readServerJson(home);
    if (former === undefined || !usesDatabase(former.pid, databaseFile)) return undefined;
    if (Date.now() >= deadline) return former.pid;
    await sleep(100);
  }
}

/** The pid may belong to another program by now. Without /proc it is taken for gone. */
function usesDatabase(pid: number, databaseFile: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(databaseFile);
  } catch {
    return false;
  }
}
