import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of lab/lab.sh. The shell files stay in the source tree, while this module may run from
 * there or from dist/, so the package's root is searched upwards.
 */
export function labScript(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    directory = parent;
  }
  return join(directory, 'lab', 'lab.sh');
}
