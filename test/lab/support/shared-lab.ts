import { inject } from 'vitest';

/** Home of this worker's lab. Test files that run at the same time have one each; a file begins with a reset. */
export function sharedLab(): string {
  const home = inject('labHomes')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (home === undefined) throw new Error(`no lab for worker ${process.env['VITEST_POOL_ID'] ?? '?'}`);
  return home;
}
