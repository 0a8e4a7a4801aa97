import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a test of the matrix saw, for docs/reliability.md; only `npm run matrix` says where to. */
export function tellMatrix(name: string, seen: unknown): void {
  const { MATRIX_DIRECTORY: directory } = process.env;
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(seen));
}
