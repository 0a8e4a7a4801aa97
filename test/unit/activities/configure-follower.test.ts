import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Host, HostPool, SqlSession } from '../../../activities/hosts/host.js';
import type { StepContext } from '../../../activities/step.js';
import { configureFollower } from '../../../activities/steps/configure-follower.js';
import { confSettings } from '../../../planning/postgres/conf.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { StepInput } from '../../../workflows/contract/activities.js';
import { scriptBench, type ScriptBench } from '../planning/commands/script-bench.js';
import { operation, sampleConfig, sampleFacts, sampleServer } from '../planning/sample-facts.js';

const LIB = '/usr/lib/postgresql';
const VERSION = String(Math.max(...readdirSync(LIB).map(Number).filter(Number.isFinite)));
const LIMITS = {
  max_connections: '400',
  max_worker_processes: '8',
  max_wal_senders: '10',
  max_prepared_transactions: '0',
  max_locks_per_transaction: '64',
};

/** A verified copy as the job leaves it, beside the follower's old data. */
function copyOn(bench: ScriptBench, copied: string, former: string, own: string) {
  const config = sampleConfig();
  const server = sampleServer();
  const leader = leaderTarget(config, sampleFacts('leader', { server }), server, operation('0badcafe'), 1);
  const follower = followerTarget(config, 'follower1', sampleFacts('follower1'), operation(), 'fresh');
  const data = bench.path('main');
  follower.location = {
    ...follower.location,
    dataDirectory: data,
    binDirectory: `${LIB}/${VERSION}/bin`,
    configFile: bench.path('postgresql.conf'),
  };
  follower.incomingDirectory = bench.path('main.incoming');
  for (const directory of [data, follower.incomingDirectory]) mkdirSync(directory, { mode: 0o700 });
  const incoming = (name: string): string => `${follower.incomingDirectory}/${name}`;
  for (const [file, content] of Object.entries({
    [follower.location.configFile]: own,
    [`${data}/postgresql.auto.conf`]: former,
    [incoming('postgresql.auto.conf')]: copied,
    [incoming('PG_VERSION')]: `${VERSION}\n`,
    [incoming('standby.signal')]: '',
    [incoming('backup_manifest')]: '{}',
  }))
    writeFileSync(file, content);
  execFileSync('chown', ['-R', 'postgres:', data, follower.incomingDirectory, follower.location.configFile]);
  mkdirSync(`${bench.state}/jobs/${follower.op.id}/1`, { recursive: true });
  const manifest = createHash('sha256').update('{}').digest('hex');
  writeFileSync(`${bench.state}/jobs/${follower.op.id}/1/result`, `0 ${manifest}\n`);
  const claimant = { workflowId: 'replication/orders', runId: 'run-1', server: 'here', requester: 'alice' };
  const input: StepInput = { config, claimant, leader, follower, approvals: [] };
  return { input, autoConf: () => readFileSync(incoming('postgresql.auto.conf'), 'utf8') };
}

function contextOf(bench: ScriptBench, { leader }: StepInput): StepContext {
  const { machineId, systemIdentifier, timeline } = leader.identity;
  const query = (text: string): Promise<unknown[]> =>
    Promise.resolve(
      text.includes('pg_settings')
        ? Object.entries(LIMITS).map(([name, setting]) => ({ name, setting }))
        : [{ recovery: false, machine: machineId, system: systemIdentifier, timeline }],
    );
  const host: Host = {
    name: 'follower1',
    async run(script) {
      const { code = 1, stdout, stderr } = await bench.run(script);
      return { kind: 'exited', code, stdout, stderr };
    },
    sql: (_, use) => use({ query } as unknown as SqlSession),
  };
  const hosts: HostPool = { use: (_, work) => work(host), close: () => Promise.resolve() };
  return { hosts } as unknown as StepContext;
}

it.each([
  ['in postgresql.conf', ''],
  ['by ALTER SYSTEM', "max_connections = '50'\n"],
])(
  'raises a limit it has lower %s, though the copy brings the high one; done the second time',
  async (_, former) => {
    const bench = scriptBench();
    const { input, autoConf } = copyOn(bench, "max_connections = '400'\n", former, 'max_connections = 100\n');
    const context = contextOf(bench, input);
    expect(await configureFollower(input, context)).toMatchObject({ changed: true });
    const written = autoConf();
    expect(confSettings(written)).toMatchObject({
      max_connections: '400',
      primary_slot_name: input.follower.slotName,
    });
    // The step's answer may have been lost.
    expect(await configureFollower(input, context)).toMatchObject({ changed: false });
    expect(autoConf()).toBe(written);
  },
);

it('leaves a higher limit of its own alone', async () => {
  const former = "max_connections = '900'\nwork_mem = '1MB'\n";
  const bench = scriptBench();
  const { input, autoConf } = copyOn(bench, "max_connections = '400'\n", former, '');
  const context = contextOf(bench, input);
  await configureFollower(input, context);
  expect(confSettings(autoConf()).max_connections).toBe('900');
  expect(await configureFollower(input, context)).toMatchObject({ changed: false });
});
