import { commandFailure } from './failure.js';

/** The port of `--port`; undefined when it was not given. @throws USAGE */
export function portNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw commandFailure('USAGE', `--port: "${text}" is not a port`, {
    hint: 'Give a number from 1 to 65535, or 0 for any free one.',
  });
}
