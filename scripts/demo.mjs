import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupProblem } from './setup/problem.mjs';
import { setUp } from './setup/set-up.mjs';

/** `npm run demo`: set-up, then the demo itself. */

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

try {
  await setUp({ root, log: console.log });
  const demo = spawn(process.execPath, [join(root, 'dist', 'lab', 'demo.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the whole foreground group; the demo decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => demo.kill('SIGTERM'));
  demo.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
} catch (error) {
  console.error(error instanceof SetupProblem ? error.describe() : error);
  process.exitCode = 1;
}
