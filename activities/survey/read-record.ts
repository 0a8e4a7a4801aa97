import { lines } from './split-text.js';

/** `name=value` lines of an operation record. */
export const readRecord = (content: string): Record<string, string> =>
  Object.fromEntries(
    lines(content)
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
