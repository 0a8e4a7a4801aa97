import { homedir } from 'node:os';
import { join } from 'node:path';

/** `~/x` → the home directory of the user the worker runs as. Other users' homes (`~bob`) are not expanded. */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}
