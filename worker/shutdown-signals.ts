import { constants } from 'node:os';

/**
 * The first SIGINT, SIGTERM or SIGHUP aborts the signal that is returned; the second one ends the
 * process at once. A terminal that is closed must not leave a half-stopped worker behind, hence SIGHUP.
 * @param onFirst for the line that says what happens now
 */
export function shutdownOnSignals(onFirst: () => void): AbortController {
  const controller = new AbortController();
  let asked = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(128 + constants.signals[signal]);
    asked = true;
    onFirst();
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  return controller;
}
