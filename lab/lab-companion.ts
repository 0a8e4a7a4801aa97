import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Notes a process that belongs to the lab at `home` (a demo's server and worker): `lab destroy` ends it with
 * SIGTERM, after 10 s with SIGKILL, before it removes the lab. Its start time is kept with the pid, since
 * numbers are used again.
 */
export function noteLabCompanion(home: string, name: string, pid: number): void {
  const file = companionFile(home, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${String(pid)} ${processOf(pid).started}\n`);
  renameSync(`${file}.new`, file);
}

/** The pid of a companion that still runs. */
export function labCompanion(home: string, name: string): number | undefined {
  try {
    const [pid, noted] = readFileSync(companionFile(home, name), 'utf8').trim().split(' ');
    const { state, started } = processOf(Number(pid));
    return started === noted && state !== 'Z' ? Number(pid) : undefined;
  } catch {
    return undefined; // no note, or no such process
  }
}

const companionFile = (home: string, name: string): string => join(home, 'companions', name);

function processOf(pid: number): { state: string; started: string } {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // fields 3 and 22; the command's name before them stands in brackets and may hold blanks and brackets
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}
