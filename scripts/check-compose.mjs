import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeProblems } from './compose/compose-problems.mjs';

/** Part of `npm run check`; needs no container engine. */

const root = join(import.meta.dirname, '..');

for (const file of ['docker-compose.yml', 'docker-compose.production.yml']) {
  for (const problem of composeProblems(readFileSync(join(root, file), 'utf8'))) {
    console.error(`${file}: ${problem}`);
    process.exitCode = 1;
  }
}
