import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is asked of the server; NativeConnection has it. */
export interface AnsweringServer {
  withDeadline<R>(deadline: number, ask: () => Promise<R>): Promise<R>;
  workflowService: { getSystemInfo(request: object): Promise<unknown> };
}

const EVERY_MS = 5_000;

/**
 * Writes the file anew every five seconds as long as the server answers: who finds it older than fifteen has a
 * worker that is stuck or cut off. @returns what removes it, when the worker stops
 */
export function keepReadyFile(path: string, server: AnsweringServer, everyMs = EVERY_MS): () => void {
  const stopped = new AbortController();
  writeFileSync(path, '');
  void renew(path, server, everyMs, stopped.signal);
  return () => {
    stopped.abort();
    rmSync(path, { force: true });
  };
}

async function renew(
  path: string,
  server: AnsweringServer,
  everyMs: number,
  stop: AbortSignal,
): Promise<void> {
  // Read through a function: TypeScript does not see that it changes while something is awaited.
  const goesOn = (): boolean => !stop.aborted;
  while (goesOn()) {
    await sleep(everyMs, undefined, { signal: stop, ref: false }).catch(() => undefined);
    const answers = await server
      .withDeadline(Date.now() + everyMs, () => server.workflowService.getSystemInfo({}))
      .then(() => true)
      .catch(() => false);
    if (answers && goesOn()) writeFileSync(path, '');
  }
}
