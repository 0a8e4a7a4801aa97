import { describe, expect, it } from 'vitest';
import { surveyAndPlan } from '../../../../activities/steps/survey-and-plan.js';
import type { SurveyInput } from '../../../../workflows/contract/activities.js';
import type { Plan } from '../../../../workflows/contract/plan.js';
import { freshServer, healthyPair, sampleConfig, sampleServer } from '../../planning/sample-facts.js';
import { fakeContext, listedCluster, type FakeHost, type Trip } from './fake-hosts.js';

function inputOf(followers: string[]): SurveyInput {
  const config = sampleConfig({ slotWalLimitBytes: 1024 ** 3 });
  config.followers = followers.map((name) => ({ name, host: `${name}.internal`, sshPort: 22 }));
  return {
    config,
    ops: Object.fromEntries(followers.map((name, index) => [name, index.toString(16).padStart(8, '0')])),
    leaderOp: 'ffffffff',
    addresses: Object.fromEntries(followers.map((name) => [name, '10.0.0.2'])),
    claimant: { workflowId: 'replication/orders', runId: 'run-1', server: 'here', requester: 'alice' },
  };
}

async function survey(hosts: Record<string, FakeHost>): Promise<{ plan: Plan; trips: Trip[] }> {
  const followers = Object.keys(hosts).filter((name) => name !== 'leader');
  const { context, trips } = fakeContext(hosts);
  return { plan: await surveyAndPlan(inputOf(followers), context), trips };
}

const tripsTo = (trips: Trip[], name: string): string[] =>
  trips.filter(({ host }) => host === name).map(({ kind }) => kind);

function streamingPair(): ReturnType<typeof healthyPair> {
  const { leader, follower } = healthyPair();
  return { leader, follower: { ...follower, postmasterStartTime: '2026-11-21T08:00:00.000000Z' } };
}

/** Whoever comes waits until all have come. */
function meetingOf(size: number): () => Promise<void> {
  let [missing, open]: [number, () => void] = [size, () => undefined];
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    missing -= 1;
    if (missing === 0) open();
    return all;
  };
}

describe('round trips of the survey', () => {
  it('are two to the leader and three to a follower that will be replaced', async () => {
    const { plan, trips } = await survey({
      leader: { server: sampleServer(), roles: ['replication_follower1'] },
      follower1: { server: freshServer() },
    });
    expect(plan.findings).toEqual([]);
    expect(plan.followers.follower1?.target).toMatchObject({
      class: 'fresh',
      fingerprint: 'ab'.repeat(32),
      clientAddress: '10.0.0.2',
    });
    // The role exists: the leader was asked for it with the facts.
    expect(plan.leader?.steps.map(({ step }) => step)).not.toContain('ensureCredentials');
    expect(tripsTo(trips, 'leader')).toEqual(['survey', 'sql']);
    expect(tripsTo(trips, 'follower1')).toEqual(['survey', 'sql', 'fingerprint']);
  });

  it('are two to a healthy follower, and one more to one that has to catch up', async () => {
    const { leader, follower } = streamingPair();
    const level = await survey({ leader: { server: leader }, follower1: { server: follower } });
    expect(level.plan.followers.follower1?.target.class).toBe('healthy');
    expect(tripsTo(level.trips, 'follower1')).toEqual(['survey', 'sql']);

    const behind = await survey({
      leader: { server: leader },
      follower1: {
        server: { ...follower, replayLsn: '0/4000000' },
        positions: [
          { replay: '0/4000000', receive: '0/5000000' },
          { replay: '0/5000000', receive: '0/5000000' },
        ],
      },
    });
    expect(behind.plan.followers.follower1?.target.class).toBe('healthy');
    expect(tripsTo(behind.trips, 'follower1')).toEqual(['survey', 'sql', 'sql']);
  });

  it('are one to a host without a running server, and to one that is refused at once', async () => {
    const { plan, trips } = await survey({
      leader: { server: sampleServer() },
      follower1: { values: { exists: 'no', entries: '0', pgVersion: '' } },
      follower2: {
        texts: { clusters: [listedCluster(), listedCluster({ cluster: 'second' })].join('\n') },
        server: freshServer(),
      },
    });
    expect(plan.findings.map(({ code }) => code)).toEqual(['CLUSTER_AMBIGUOUS']);
    expect(tripsTo(trips, 'follower1')).toEqual(['survey', 'fingerprint']);
    expect(tripsTo(trips, 'follower2')).toEqual(['survey']);
  });

  it('go to all hosts at once: no host answers before all were asked', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `follower${String(index + 1)}`);
    const open = { survey: meetingOf(11), sql: meetingOf(11), fingerprint: meetingOf(10) };
    const hosts = Object.fromEntries(
      ['leader', ...names].map((name): [string, FakeHost] => [
        name,
        { server: name === 'leader' ? sampleServer() : freshServer({ postmasterStartTime: name }) },
      ]),
    );
    const { context } = fakeContext(hosts, ({ kind }) => open[kind]());
    const plan = await surveyAndPlan(inputOf(names), context);
    expect(plan.findings.filter(({ severity }) => severity === 'blocker')).toEqual([]);
    expect(Object.keys(plan.followers)).toEqual(names);
  });
});

describe('the survey', () => {
  it('tells of a cluster that two followers share, once', async () => {
    const shared = { machineId: '5'.repeat(32) };
    const { plan } = await survey({
      leader: { server: sampleServer() },
      follower1: { server: freshServer(), values: shared },
      follower2: { server: freshServer(), values: shared },
    });
    expect(plan.findings.map(({ code, host }) => `${code} ${host ?? ''}`)).toEqual([
      'FOLLOWER_TWICE follower2',
    ]);
  });

  it('tells what is at work on the leader only where there is something to do', async () => {
    const managed = { texts: { clusterManagers: 'patroni.service active\n' } };
    const { leader, follower } = streamingPair();
    const healthy = await survey({
      leader: { server: leader, ...managed },
      follower1: { server: follower, ...managed },
    });
    expect(healthy.plan.findings).toEqual([]);
    const fresh = await survey({
      leader: { server: sampleServer(), ...managed },
      follower1: { server: freshServer(), ...managed },
    });
    expect(fresh.plan.findings.map(({ code, host }) => `${code} ${host ?? ''}`)).toEqual([
      'CLUSTER_MANAGED leader',
      'CLUSTER_MANAGED follower1',
    ]);
  });

  it('does not guess when script and configuration mean different clusters', async () => {
    const { context } = fakeContext({ leader: { server: sampleServer(), texts: {} } });
    const input = inputOf([]);
    const noFiles = fakeContext({ leader: { server: sampleServer() } }).context;
    await expect(surveyAndPlan(input, context)).resolves.toMatchObject({ findings: [] });
    const pool = noFiles.hosts;
    const blind = {
      ...noFiles,
      hosts: {
        ...pool,
        use: ((address, work) =>
          pool.use(address, (host) =>
            work({
              ...host,
              run: async (script) => {
                const outcome = await host.run(script);
                return { ...outcome, stdout: outcome.stdout.replace(/^home=.*$/m, '') };
              },
            }),
          )) as typeof pool.use,
      },
    };
    const plan = await surveyAndPlan(input, blind);
    expect(plan.findings.map(({ code }) => code)).toEqual(['COMMAND_FAILED']);
  });
});
