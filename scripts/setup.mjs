import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SetupProblem } from './setup/problem.mjs';
import { setUp } from './setup/set-up.mjs';

const USAGE = `Usage: npm run setup -- [--no-packages] [--no-server]

Gets everything demo, tests and command line need; does only what is not done yet.

  --no-packages  leave out the Debian packages that only the lab needs
                 (for the command line on any machine with Node.js)
  --no-server    leave out the Temporal server
  --help         show this`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

try {
  const { values } = parseArgs({
    options: {
      'no-packages': { type: 'boolean' },
      'no-server': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
  } else {
    await setUp({ root, log: console.log, packages: !values['no-packages'], server: !values['no-server'] });
    console.log('Everything is set up.');
  }
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (error instanceof SetupProblem) console.error(error.describe());
  else console.error(isUsage ? `error: ${error.message}\n\n${USAGE}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
