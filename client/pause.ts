/** Waits, at most until the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** What the promise gives, or undefined as soon as the signal fires; what comes later is ignored. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  promise.catch(() => undefined);
  const over = new AbortController();
  const aborted = pause(2 ** 31 - 1, AbortSignal.any([signal, over.signal])).then(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
}
