import { runDemo } from './demo/run-demo.js';

// A reader that closes the pipe (`| head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runDemo(process.argv.slice(2));
