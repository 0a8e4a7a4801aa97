import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory with package.json; the same whether this file runs from the sources or from dist/. */
export function projectRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
    directory = parent;
  }
  return directory;
}
