import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Names this Temporal installation in the operation records on the hosts. It lies beside the database,
 * not in it: after the database was lost, a new run still recognises the records as ours.
 */
export function installationId(home: string): string {
  const path = join(home, 'installation-id');
  try {
    const known = readFileSync(path, 'utf8').trim();
    if (known !== '') return known;
  } catch {
    // The first start.
  }
  const id = randomUUID();
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
}
