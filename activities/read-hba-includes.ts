import { readHbaFilesScript } from '../planning/commands/read-hba.js';
import { wantedHbaFiles } from '../planning/postgres/hba.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';

/** PostgreSQL itself nests no deeper than ten. */
const MAX_ROUNDS = 11;
const MAX_FILES = 200;

/**
 * What a pg_hba.conf refers to: `@name`, and the include directives of 16 and later. Most refer to
 * nothing, and then the host is not asked. `undefined`: not all of it could be read, so that nothing may
 * be said of the lines that need it.
 */
export async function readHbaIncludes(
  host: Host,
  hba: { path: string; text: string; majorVersion: number },
): Promise<Record<string, string> | undefined> {
  const includes: Record<string, string> = {};
  const asked = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const wanted = wantedHbaFiles(hba.text, hba.majorVersion, { path: hba.path, includes });
    const fresh = wanted.filter((path) => !asked.has(path));
    if (fresh.length === 0) return includes;
    if (asked.size + fresh.length > MAX_FILES) return undefined;
    const { values, texts } = await runScript(host, readHbaFilesScript(fresh));
    for (const [index, path] of fresh.entries()) {
      asked.add(path);
      const content = texts[`file.${String(index)}`];
      if (content !== undefined) includes[path] = content;
      else if (values[`missing.${String(index)}`] !== 'yes') return undefined;
    }
  }
  return undefined;
}
