import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failsWith } from './support/fake-hosts.js';
import { adopted, healthy } from './support/plans.js';
import { Workbench } from './support/workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

describe.concurrent('the report of a run', () => {
  it('is written once, with the final state and the hosts it worked on', async () => {
    const run = await bench.start({ followers: ['follower1', 'follower2'] });
    await run.decide('change-leader');
    await run.decide('wipe-follower/follower1');
    await run.decide('wipe-follower/follower2', { verdict: 'rejected', reason: 'no' });
    const end = await run.result();
    expect(run.hosts.reports).toHaveLength(1);
    const [report] = run.hosts.reports;
    expect(report?.state).toEqual(end);
    expect(report?.runId).toBe((await run.handle.describe()).runId);
    expect(report?.hosts.map(({ name }) => name)).toEqual(['main-db', 'follower1']);
    expect(report?.hosts[0]?.ops).toHaveLength(2);
  });

  it.each([
    ['nothing to do', healthy, [] as string[]],
    ['an operation that was adopted', adopted, ['main-db', 'follower1']],
  ])('with %s', async (_, plan, names) => {
    const run = await bench.start({ script: (hosts) => hosts.surveys(plan) });
    if (names.length > 0) {
      await run.openGate('change-leader');
      await run.cancel();
    }
    await run.result();
    expect(run.hosts.reports.map(({ hosts }) => hosts.map(({ name }) => name))).toEqual([names]);
  });

  it('that cannot be written does not fail the run', async () => {
    const run = await bench.start({
      script: (hosts) => hosts.surveys(healthy).at('writeReport', failsWith('COMMAND_FAILED')),
    });
    expect((await run.result()).outcome).toBe('nothing-to-do');
    expect(run.hosts.reports).toEqual([]);
  });

  it('of a run that is cancelled is written as well', async () => {
    const run = await bench.start();
    await run.openGate('change-leader');
    await run.cancel();
    expect((await run.result()).outcome).toBe('cancelled');
    expect(run.hosts.reports.map(({ state, hosts }) => [state.outcome, hosts])).toEqual([['cancelled', []]]);
  });
});
