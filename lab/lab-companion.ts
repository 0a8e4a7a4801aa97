import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Notes a process that belongs to the lab at `home` (a demo's server and worker): `lab destroy` ends it with
 * SIGTERM, after 10 s with SIGKILL, before it removes the lab. Its start time is kept with the pid, since
 * numbers are used again.
 */
export function noteLabCompanion(home: string, name: string, pid: number): void {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // field 22; the command's name before it stands in brackets and may hold blanks and brackets
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const directory = join(home, 'companions');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(`${file}.new`, `${String(pid)} ${started}\n`);
  renameSync(`${file}.new`, file);
}
