import { defineConfig } from 'vitest/config';

/** Forks: the Temporal SDK's native core does not live in worker threads. */
const shared = { pool: 'forks', environment: 'node', restoreMocks: true } as const;

export default defineConfig({
  test: {
    // As a number, so that the lab's set-up knows how many labs are wanted; test/run.mjs says more for some parts.
    maxWorkers: 1,
    projects: [
      {
        test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        test: {
          ...shared,
          name: 'workflow',
          include: ['test/workflow/**/*.test.ts'],
          globalSetup: ['test/support/temporal-server.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: ['test/support/shared-labs.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'matrix',
          include: ['test/matrix/**/*.test.ts', 'test/lab/crash-*.test.ts'],
          globalSetup: ['test/support/shared-labs.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
