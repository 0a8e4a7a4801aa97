import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SCHEMA = 'docs/runbook.schema.json';

/**
 * The installed program's own JSON Schema as a file URL, which has no blanks; undefined where it is not there.
 * The same code runs from the sources and from dist: the nearest package.json is ours.
 */
export function schemaUrl(from = dirname(fileURLToPath(import.meta.url))): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) {
      const file = join(folder, SCHEMA);
      return existsSync(file) ? pathToFileURL(file).href : undefined;
    }
    if (folder === dirname(folder)) return undefined;
  }
}
