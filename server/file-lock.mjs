import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Locks that a killed process cannot leave behind for ever: the file holds its owner's pid and start
 * time. Plain JavaScript, because the set-up script needs it before anything is built.
 */

/**
 * Whether the process is there. With `startedAt` (as `processStart` gave it) a pid that was given to
 * another process since does not count.
 * @param {number} pid
 * @param {string} [startedAt]
 * @returns {boolean}
 */
export function isProcessAlive(pid, startedAt) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, but belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return true;
  // A zombie ended; in a container nobody may ever collect it.
  if (stat.state === 'Z') return false;
  return startedAt === undefined || startedAt === '' || stat.startedAt === startedAt;
}

/**
 * Start time in clock ticks since boot; '' where there is no /proc.
 * @param {number} pid
 * @returns {string}
 */
export function processStart(pid) {
  return statOf(pid)?.startedAt ?? '';
}

/** @param {number} pid */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in parentheses, may hold spaces and parentheses: count from its end (field 2).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock at once, or says who has it.
 * @param {string} path the directory must exist
 * @returns {{ release: () => void } | { heldBy: number }}
 */
export function tryLock(path) {
  const mine = `${process.pid} ${processStart(process.pid)}\n`;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, mine);
  try {
    for (;;) {
      if (linked(temporary, path)) return { release: () => release(path, mine) };
      const content = contentOf(path);
      if (content === undefined) continue;
      const [pid = '', startedAt = ''] = content.trim().split(' ');
      if (isProcessAlive(Number(pid), startedAt)) return { heldBy: Number(pid) };
      removeStale(path, content);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Runs `work` under the lock; waits for whoever holds it.
 * @template T
 * @param {string} path the directory must exist
 * @param {{ onWait?: (pid: number) => void, pollMs?: number }} options `onWait` is called once
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, options, work) {
  let told = false;
  for (;;) {
    const lock = tryLock(path);
    if ('release' in lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (!told) options.onWait?.(lock.heldBy);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, options.pollMs ?? 500));
  }
}

/**
 * link() is the one call that both fails if the name exists and makes the file appear with its content.
 * @param {string} from
 * @param {string} to
 */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two processes may find the same dead owner. Whoever renames second takes away the first one's new
 * lock, sees that by its content, and puts it back.
 * @param {string} path
 * @param {string} stale
 */
function removeStale(path, stale) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (contentOf(aside) !== stale) linked(aside, path);
  rmSync(aside, { force: true });
}

/**
 * @param {string} path
 * @param {string} mine
 */
function release(path, mine) {
  if (contentOf(path) === mine) rmSync(path, { force: true });
}

/** @param {string} path */
function contentOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
