import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processIo } from '../client/io.js';
import { main } from './main.js';

// The same file runs from the sources and from dist/bin: the nearest package.json is ours.
function version(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const content = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string };
      if (content.version !== undefined) return content.version;
    } catch {
      if (folder === dirname(folder)) return 'unknown';
    }
  }
}

// A reader that closes the pipe (`| head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), version(), await processIo());
