import type { ReversalSurveyInput, SurveyInput } from '../../../workflows/contract/activities.js';
import { courseOf } from '../../../planning/remedy.js';
import type { RunConfig } from '../../../workflows/contract/config.js';
import type { FollowerPlan, LeaderPlan, Plan } from '../../../workflows/contract/plan.js';
import type { ClusterLocation } from '../../../workflows/contract/target.js';

export function makeConfig(cluster: string, followers = ['follower1']): RunConfig {
  return {
    cluster,
    leader: { name: 'main-db', host: 'leader.test', sshPort: 22, address: '10.0.0.1' },
    followers: followers.map((name) => ({ name, host: `${name}.test`, sshPort: 22 })),
    ssh: { user: 'ops', identityFile: '/keys/id', knownHosts: '/keys/known_hosts' },
    replication: {
      role: 'replication',
      password: { kind: 'generate' },
      acceptUnboundedSlot: false,
      slotWalLimitBytes: 1_000_000_000,
      prepareSwitchover: true,
      tls: 'require',
    },
    copy: { concurrency: 1, checkpoint: 'fast', mode: 'auto' },
    approval: {
      approvers: [],
      fourEyes: false,
      expireAfterMs: 600_000,
      validForMs: 600_000,
      swap: 'with-plan',
      driftWalBytes: 67_108_864,
    },
  };
}

/** What a survey of a leader with Debian's defaults and fresh followers gives. */
export function makePlan({ config, ops, leaderOp }: SurveyInput): Plan {
  const followers = config.followers.map(({ name, host }) => [
    name,
    makeFollowerPlan(config, name, host, ops[name] ?? 'missing!'),
  ]);
  return {
    cluster: config.cluster,
    madeAt: '2026-01-01T00:00:00.000Z',
    leader: makeLeaderPlan(config, leaderOp),
    followers: Object.fromEntries(followers) as Plan['followers'],
    findings: [],
  };
}

/** What the survey of an undo or a purge gives after a whole run. */
export function makeReversalPlan(input: ReversalSurveyInput): Plan {
  const plan = makePlan(input);
  if (plan.leader !== undefined) plan.leader.needsGate = false;
  for (const follower of Object.values(plan.followers)) {
    follower.course = input.kind === 'undo' ? ['undoReplacement', 'withdrawFromLeader'] : ['purgeReplaced'];
    follower.target.class = 'healthy';
    follower.target.remedy = input.kind;
    follower.target.op = { id: 'abcdef01', epoch: 2, adopted: true };
    follower.target.reversal = { directories: [] };
  }
  return plan;
}

function makeLeaderPlan({ leader }: RunConfig, id: string): LeaderPlan {
  return {
    target: {
      name: leader.name,
      host: leader.host,
      address: leader.address,
      location,
      identity: { machineId: 'a'.repeat(32), systemIdentifier: '7000000000000000001', timeline: 1 },
      op: { id, epoch: 1, adopted: false },
      settings: [{ name: 'listen_addresses', from: 'localhost', to: 'localhost,10.0.0.1', restart: true }],
      postmasterStartTime: '2026-01-01T00:00:00.000000Z',
      pendingEdits: [],
      tls: true,
    },
    needsGate: true,
    fingerprint: '1'.repeat(64),
    steps: [],
    restart: { reasons: ['listen_addresses'], pendingEdits: [] },
    databaseBytes: 30_000_000,
    serverVersion: '15.14',
  };
}

function makeFollowerPlan(config: RunConfig, name: string, host: string, id: string): FollowerPlan {
  return {
    target: {
      name,
      host,
      clientAddress: '10.0.0.2',
      location,
      machineId: 'b'.repeat(32),
      op: { id, epoch: 1, adopted: false },
      class: 'fresh',
      remedy: 'copy',
      mode: 'side-by-side',
      role: `replication_${name}`,
      slotName: `rb_${name}_${id.slice(0, 6)}`,
      applicationName: name,
      passfile: `/var/lib/postgresql/.pg-runbook/${name}.pgpass`,
      incomingDirectory: `/var/lib/postgresql/15/main.incoming-${id}`,
      replacedDirectory: `/var/lib/postgresql/15/main.replaced-${id}`,
      fingerprint: '2'.repeat(64),
      fingerprintLines: ['pgdata=/var/lib/postgresql/15/main'],
      hasOldDirectory: true,
      unknownPeers: [],
    },
    needsGate: true,
    course: courseOf(config, 'copy'),
    steps: [],
    copyBytes: 30_000_000,
    freeBytes: 1_000_000_000,
    seconds: 10,
    basis: 'guess',
    serverVersion: '15.14',
    remarks: [],
  };
}

const location: ClusterLocation = {
  version: '15',
  cluster: 'main',
  dataDirectory: '/var/lib/postgresql/15/main',
  configDirectory: '/etc/postgresql/15/main',
  configFile: '/etc/postgresql/15/main/postgresql.conf',
  hbaFile: '/etc/postgresql/15/main/pg_hba.conf',
  binDirectory: '/usr/lib/postgresql/15/bin',
  socketDirectory: '/var/run/postgresql',
  port: 5432,
  osUser: 'postgres',
  service: 'systemd',
  unit: 'postgresql@15-main.service',
};
