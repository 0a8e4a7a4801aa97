import { failsWith, succeeds } from './fake-hosts.js';
import type { TestRun, Workbench } from './workbench.js';

/** Runs whose histories are kept: together they go through every kind of message and every way out. */
export const REPLAY_SCENARIOS: Record<string, (bench: Workbench) => Promise<TestRun>> = {
  'set-up-of-two': async (bench) => {
    const run = await bench.start({
      followers: ['follower1', 'follower2'],
      script: (hosts) => hosts.at('takeBaseBackup follower1', failsWith('COPY_NO_SPACE'), succeeds),
    });
    await run.decide('wipe-follower/follower2', { verdict: 'rejected', reason: 'not this one' });
    await run.approveAll();
    await run.parked('follower1', 'COPY_NO_SPACE');
    await run.resume('follower1', 'retry');
    return run;
  },
  'swap-asked': async (bench) => {
    const run = await bench.start({
      change: ({ approval }) => {
        approval.swap = 'ask';
      },
    });
    await run.approveAll();
    await run.decide('swap-follower/follower1');
    return run;
  },
  cancelled: async (bench) => {
    const run = await bench.start({
      script: (hosts) => hosts.at('proveAccess', failsWith('ACCESS_DENIED')),
    });
    await run.approveAll();
    await run.parked('follower1', 'ACCESS_DENIED');
    await run.cancel();
    return run;
  },
  undo: async (bench) => {
    const run = await bench.start({ kind: 'undo' });
    await run.decide('undo-replacement/follower1');
    return run;
  },
};
