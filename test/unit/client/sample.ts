import type { GateState } from '../../../workflows/contract/gates.js';
import type { FollowerPlan, Plan } from '../../../workflows/contract/plan.js';
import type { ClusterLocation, FollowerTarget, LeaderTarget } from '../../../workflows/contract/target.js';
import type { BranchState, StepState } from '../../../workflows/contract/run-state.js';
import { STEPS } from '../../../workflows/contract/steps.js';
import type { RunView } from '../../../client/run-view.js';

const MB = 1024 ** 2;
const FINGERPRINT = '1a2b3c4d5e6f'.padEnd(64, '0');
const LEADER_FINGERPRINT = '9f8e7d6c5b4a'.padEnd(64, '0');

const location = (version: string): ClusterLocation => ({
  version,
  cluster: 'main',
  dataDirectory: `/var/lib/postgresql/${version}/main`,
  configDirectory: `/etc/postgresql/${version}/main`,
  configFile: `/etc/postgresql/${version}/main/postgresql.conf`,
  hbaFile: `/etc/postgresql/${version}/main/pg_hba.conf`,
  binDirectory: `/usr/lib/postgresql/${version}/bin`,
  socketDirectory: '/var/run/postgresql',
  port: 5432,
  osUser: 'postgres',
  service: 'systemd',
  unit: `postgresql@${version}-main.service`,
});

const leaderTarget: LeaderTarget = {
  name: 'leader',
  host: 'leader.internal',
  address: '10.0.0.1',
  location: location('15'),
  identity: { machineId: '0123', systemIdentifier: '7412345678901234567', timeline: 1 },
  op: { id: 'aa11bb22', epoch: 1, adopted: false },
  settings: [
    { name: 'listen_addresses', from: 'localhost', to: 'localhost,10.0.0.1', restart: true },
    { name: 'max_slot_wal_keep_size', from: '-1', to: '20GB', restart: false },
  ],
  postmasterStartTime: '2026-11-20T08:00:00.123456Z',
  pendingEdits: ['shared_buffers'],
  tls: true,
};

const followerTarget: FollowerTarget = {
  name: 'follower1',
  host: 'follower1.internal',
  clientAddress: '10.0.0.2',
  location: location('15'),
  machineId: '4567',
  op: { id: '1f2e3d4c', epoch: 1, adopted: false },
  class: 'fresh',
  remedy: 'copy',
  mode: 'side-by-side',
  role: 'replication_follower1',
  slotName: 'rb_follower1_1f2e3d',
  applicationName: 'follower1',
  passfile: '/var/lib/postgresql/.pg-runbook/orders-follower1.pgpass',
  incomingDirectory: '/var/lib/postgresql/15/main.incoming-1f2e3d4c',
  replacedDirectory: '/var/lib/postgresql/15/main.replaced-1f2e3d4c',
  fingerprint: FINGERPRINT,
  fingerprintLines: [],
  hasOldDirectory: true,
  unknownPeers: [],
};

/** One leader that needs everything, one fresh follower. */
export const samplePlan: Plan = {
  cluster: 'orders',
  madeAt: '2026-11-24T20:47:03.000Z',
  leader: {
    target: leaderTarget,
    needsGate: true,
    fingerprint: LEADER_FINGERPRINT,
    steps: [
      {
        step: 'ensureLeaderSettings',
        host: 'leader',
        what: 'Writes the settings to a file of its own in conf.d; nothing else is edited.',
        commands: [
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: listen_addresses = 'localhost,10.0.0.1'",
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: max_slot_wal_keep_size = '20GB'",
        ],
      },
      {
        step: 'restartLeader',
        host: 'leader',
        what: 'Restarts PostgreSQL once, only from the start time on this card.',
        commands: ['systemctl restart postgresql@15-main.service'],
      },
    ],
    restart: {
      reasons: ['listen_addresses can only change when the server starts'],
      pendingEdits: ['shared_buffers: 128MB to 256MB (postgresql.conf line 130)'],
    },
    databaseBytes: 312 * MB,
    serverVersion: '15.18',
  },
  followers: {
    follower1: {
      target: followerTarget,
      needsGate: true,
      course: [],
      steps: [
        {
          step: 'ensureCredentials',
          host: 'leader',
          what: 'Makes the role replication_follower1 with a verifier of the password in the passfile.',
          commands: ["CREATE ROLE replication_follower1 LOGIN REPLICATION PASSWORD 'SCRAM-SHA-256$...'"],
        },
        {
          step: 'ensureLeaderHbaRule',
          host: 'leader',
          what: 'One line in a block of ours, then a reload.',
          commands: [
            '/etc/postgresql/15/main/pg_hba.conf: hostssl replication replication_follower1 10.0.0.2/32 scram-sha-256 # pg-runbook follower1',
            'SELECT pg_reload_conf()',
          ],
        },
        {
          step: 'ensureSlot',
          host: 'leader',
          what: 'Right before the copy.',
          commands: ["SELECT pg_create_physical_replication_slot('rb_follower1_1f2e3d', true)"],
        },
        {
          step: 'takeBaseBackup',
          host: 'follower1',
          what: 'Copies the leader into a new directory; it goes on whatever happens to the worker.',
          commands: [
            "pg_basebackup --pgdata=/var/lib/postgresql/15/main.incoming-1f2e3d4c --dbname='host=10.0.0.1 port=5432 user=replication_follower1 passfile=/var/lib/postgresql/.pg-runbook/orders-follower1.pgpass sslmode=require' --slot=rb_follower1_1f2e3d --wal-method=stream --checkpoint=fast --write-recovery-conf --manifest-checksums=SHA256 --progress",
          ],
        },
        {
          step: 'swapDataDirectory',
          host: 'follower1',
          what: 'Stops the old server and changes the directories; one script.',
          commands: [
            'systemctl stop postgresql@15-main.service',
            'mv /var/lib/postgresql/15/main /var/lib/postgresql/15/main.replaced-1f2e3d4c',
            'mv /var/lib/postgresql/15/main.incoming-1f2e3d4c /var/lib/postgresql/15/main',
          ],
        },
      ],
      destroys: {
        host: 'follower1',
        path: '/var/lib/postgresql/15/main',
        mount: '/',
        sizeBytes: 39 * MB,
        databases: ['postgres'],
        systemIdentifier: '7499999999999999999',
        lastWrite: '2026-11-24T20:40:11.000Z',
        movedTo: '/var/lib/postgresql/15/main.replaced-1f2e3d4c',
      },
      copyBytes: 312 * MB,
      freeBytes: 20_480 * MB,
      seconds: 65,
      basis: 'a guess: 5 MB/s',
      serverVersion: '15.18',
      remarks: [],
    },
  },
  findings: [
    {
      severity: 'warning',
      code: 'SLOT_UNBOUNDED',
      host: 'leader',
      message: 'leader: max_slot_wal_keep_size is -1 and is set to 20 GB',
      detail: 'A follower that stays away for longer than 20 GB of WAL has to be copied again.',
      hint: 'Choose another bound with replication.slotWalLimit.',
    },
  ],
};

export const leaderGate: GateState = {
  id: 'change-leader',
  kind: 'change-leader',
  name: 'leader',
  token: 'token-1',
  fingerprint: LEADER_FINGERPRINT,
  op: leaderTarget.op,
  openedAt: '2026-11-24T20:47:05.000Z',
  expiresAt: '2026-11-27T20:47:05.000Z',
};

export const followerGate: GateState = {
  ...leaderGate,
  id: 'wipe-follower/follower1',
  kind: 'wipe-follower',
  name: 'follower1',
  token: 'token-2',
  fingerprint: FINGERPRINT,
  op: followerTarget.op,
};

export const swapGate: GateState = {
  ...followerGate,
  id: 'swap-follower/follower1',
  kind: 'swap-follower',
  because: 'The copy is complete. Clients are connected to the old server; the swap ends their sessions.',
};

/** The copy is complete, and two clients are connected. */
export const swapPlan: Plan = {
  ...samplePlan,
  followers: Object.fromEntries(
    Object.entries(samplePlan.followers).map(([name, plan]) => {
      const use = { clientSessions: 2, walSenders: 0, walLsn: '0/1500000' };
      const beforeSwap = {
        at: '2026-11-24T20:49:00.000Z',
        fingerprint: FINGERPRINT,
        fingerprintLines: [],
        use,
        tolerated: true,
        connected: ['carol@shop from 10.0.0.9 (psql)', 'report@shop from the local socket'],
        streams: true,
        retainedWalBytes: 48 * MB,
      };
      const changes = {
        since: followerGate.openedAt,
        lines: [{ what: 'client sessions', from: '0', to: '2' }],
      };
      return [name, { ...plan, target: { ...plan.target, use }, beforeSwap, changes }];
    }),
  ),
};

/** The follower's card after its facts have changed. */
export const askedAgain: { gate: GateState; plan: Plan } = {
  gate: {
    ...followerGate,
    because: 'follower1: its data directory is not the one that was approved. These differ: databases.',
  },
  plan: {
    ...samplePlan,
    followers: Object.fromEntries(
      Object.entries(samplePlan.followers).map(([name, plan]) => [
        name,
        {
          ...plan,
          changes: {
            since: followerGate.openedAt,
            lines: [
              { what: 'databases', from: '1 4 5', to: '1 4 5 16384' },
              { what: 'class', from: 'fresh', to: 'partial' },
              { what: 'finding', from: '', to: 'follower1: clients are connected to it: 2' },
            ],
          },
        },
      ]),
    ),
  },
};

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 20, 47, second)).toISOString();

const steps = (once: boolean, upTo: string, last: StepState['status']): StepState[] => {
  const of = STEPS.filter((step) => step.once === once && step.id !== 'wipeDataDirectory');
  const here = of.findIndex(({ id }) => id === upTo);
  return of.map(({ id }, index) => {
    if (here < 0 || index > here) return { id, status: 'pending', attempt: 0 };
    const ended = index < here || last !== 'running';
    return {
      id,
      status: index < here ? 'done' : last,
      attempt: 1,
      startedAt: at(index),
      ...(ended
        ? {
            endedAt: at(index + 1),
            changed: true,
            evidence: `seen on the host, as it should be, with a long line of facts about ${id}`,
          }
        : {}),
    };
  });
};

const branch = (part: Partial<BranchState>): BranchState => ({
  phase: 'working',
  steps: [],
  gates: [],
  leftovers: [],
  ...part,
});

const base: RunView = {
  version: 1,
  cluster: 'orders',
  phase: 'waiting',
  requester: 'alice',
  startedAt: at(0),
  leader: branch({ phase: 'gate', steps: steps(true, 'surveyAndPlan', 'done'), gates: [leaderGate] }),
  followers: {
    follower1: branch({
      phase: 'gate',
      class: 'fresh',
      steps: steps(false, 'none', 'pending'),
      gates: [followerGate],
    }),
  },
  decisions: [],
  findings: samplePlan.findings,
  workflowId: 'replication/orders',
  runId: 'run-1',
  status: 'RUNNING',
  worker: 'seen',
  at: at(8),
  needs: ['approve change-leader', 'approve wipe-follower/follower1'],
  progress: {},
  retry: {},
};

export const atGates: RunView = base;

const decided = (gate: GateState): GateState => ({
  ...gate,
  decision: {
    gateId: gate.id,
    verdict: 'approved',
    by: 'bob',
    at: at(20),
    token: gate.token,
    fingerprint: gate.fingerprint,
    op: gate.op.id,
    epoch: 1,
  },
});

const decisions = [leaderGate, followerGate].flatMap((gate) => decided(gate).decision ?? []);

export const copying: RunView = {
  ...base,
  phase: 'working',
  at: at(40),
  needs: [],
  decisions,
  leader: branch({
    phase: 'queued',
    steps: steps(true, 'restartLeader', 'done'),
    gates: [decided(leaderGate)],
  }),
  followers: {
    follower1: branch({
      class: 'fresh',
      steps: steps(false, 'takeBaseBackup', 'running'),
      gates: [decided(followerGate)],
    }),
  },
  progress: {
    follower1: {
      phase: 'copying',
      bytesDone: 162 * MB,
      bytesTotal: 312 * MB,
      at: at(39),
      job: '1f2e3d4c/1',
      ageMs: 1_000,
      bytesPerSecond: 80 * MB,
      etaSeconds: 2,
    },
  },
};

const WINDOW = {
  window: '22:00-06:00 Europe/Berlin',
  opensAt: '2026-11-25T21:00:00.000Z',
  opens: '22:00',
};

/** All is approved and proved; the copy begins only at night. */
export const atWindow: RunView = {
  ...copying,
  phase: 'window',
  at: '2026-11-25T17:50:00.000Z',
  progress: {},
  followers: {
    follower1: branch({
      phase: 'window',
      class: 'fresh',
      steps: steps(false, 'proveAccess', 'done'),
      gates: [decided(followerGate)],
      window: { what: 'copy', since: at(40), ...WINDOW },
    }),
  },
};

/** Copies begin and swaps happen only at night; the approval will not last that long. */
export const windowPlan: Plan = {
  ...samplePlan,
  madeAt: '2026-11-25T17:50:00.000Z',
  windows: { copy: WINDOW, swap: WINDOW },
  findings: [
    {
      severity: 'warning',
      code: 'WINDOW_AFTER_APPROVAL',
      host: 'follower1',
      message:
        'follower1: an approval given now is no longer valid when the window of the copy opens, so it is asked for once more',
      detail: 'It is valid for 2 h 00 m; 22:00-06:00 Europe/Berlin opens in 3 h 10 m.',
      hint: 'Approve later, or raise `approval.validFor`.',
    },
  ],
};

export const parked: RunView = {
  ...copying,
  phase: 'blocked',
  progress: {},
  followers: {
    follower1: branch({
      phase: 'BLOCKED',
      class: 'fresh',
      steps: steps(false, 'takeBaseBackup', 'failed'),
      failure: {
        code: 'COPY_NO_SPACE',
        message: 'follower1: the disk filled up during the copy',
        detail: 'pg_basebackup: error: could not write to file: No space left on device',
        hint: 'Make room, then `runbook resume`.',
        failureId: 'failure-1',
        step: 'takeBaseBackup',
        kind: 'ask',
        at: at(41),
        actions: ['retry', 'abort'],
      },
    }),
  },
};

export const done: RunView = {
  ...copying,
  phase: 'closed',
  status: 'COMPLETED',
  outcome: 'done',
  endedAt: at(55),
  progress: {},
  followers: {
    follower1: branch({
      phase: 'done',
      class: 'fresh',
      steps: steps(false, 'closeOperation', 'done'),
      summary: {
        replacedDirectory: '/var/lib/postgresql/15/main.replaced-1f2e3d4c',
        replacedBytes: 39 * MB,
        downtimeMs: 2_300,
        differences: ["roles and databases are the leader's now", "pg_hba.conf is still the follower's own"],
      },
    }),
  },
};

/** What is known with no worker: memo and description. */
export const withoutWorker: RunView = {
  ...base,
  requester: '',
  worker: 'absent',
  leader: branch({ phase: 'planning' }),
  followers: {},
  findings: [],
  problem: {
    code: 'WORKER_ABSENT',
    message: 'no worker has answered within five seconds',
    hint: 'Start a worker with `runbook up` or `runbook worker`. Runs wait; nothing is lost.',
  },
};

/** An old leader: its card names what only it has, and its gate asks for its system identifier. */
export const divergedPlan: Plan = changedFollower({
  identifier: '7711223344556677889',
  target: { ...followerTarget, class: 'diverged' },
  remarks: ["the leader's system identifier, and not in recovery"],
  destroys: {
    host: 'follower1',
    path: '/var/lib/postgresql/15/main',
    mount: '/',
    sizeBytes: 4_200 * MB,
    databases: ['orders', 'postgres'],
    databaseSizes: { orders: 4_100 * MB, postgres: 8 * MB },
    systemIdentifier: '7711223344556677889',
    lastWrite: '2026-11-24T20:40:11.000Z',
    lost: [
      "it left the leader's history at 0/4000000 on timeline 1, and is at 0/4800000 on timeline 1 now; rows written to it after that exist only there: 8192 kB of WAL",
      'standby reports replicates from it',
    ],
    movedTo: '/var/lib/postgresql/15/main.replaced-1f2e3d4c',
  },
});

export const divergedGate: GateState = { ...followerGate, identifier: '7711223344556677889' };

/** A follower of this leader whose connection and slot are repaired. */
export const repairPlan: Plan = changedFollower(
  {
    target: { ...followerTarget, class: 'repairable', remedy: 'repair', repairs: ['connection', 'slot'] },
    remarks: ['it has no primary_conninfo, so it receives nothing', 'it uses no replication slot'],
    steps: [
      {
        step: 'ensureSlot',
        host: 'leader',
        what: 'reserve WAL for follower1',
        commands: ["SELECT pg_create_physical_replication_slot('rb_follower1_1f2e3d', true)"],
      },
      {
        step: 'configureFollower',
        host: 'follower1',
        what: 'change these lines and no others; the file as it was is kept',
        commands: [
          "/var/lib/postgresql/15/main/postgresql.auto.conf: primary_conninfo = 'host=10.0.0.1 port=5432 user=replication_follower1'",
          "/var/lib/postgresql/15/main/postgresql.auto.conf: primary_slot_name = 'rb_follower1_1f2e3d'",
          'SELECT pg_reload_conf()',
        ],
      },
    ],
  },
  ['destroys'],
);

export const repairGate: GateState = {
  ...followerGate,
  id: 'repair-follower/follower1',
  kind: 'repair-follower',
};

function changedFollower(change: Partial<FollowerPlan>, without: (keyof FollowerPlan)[] = []): Plan {
  const { follower1 } = samplePlan.followers;
  if (follower1 === undefined) throw new Error('the sample has no follower1');
  const changed = { ...follower1, ...change };
  for (const key of without) Reflect.deleteProperty(changed, key);
  return { ...samplePlan, followers: { follower1: changed } };
}

/** The same copy; somebody holds the follower, so nothing will come after it. */
export const held: RunView = {
  ...copying,
  followers: Object.fromEntries(
    Object.entries(copying.followers).map(([name, branch]) => [
      name,
      { ...branch, hold: { by: 'bob', at: copying.startedAt, reason: 'failover drill until noon' } },
    ]),
  ),
};

/** The leader is away in the middle of it: Temporal tries again by itself. */
export const retrying: RunView = {
  ...copying,
  followers: Object.fromEntries(
    Object.entries(copying.followers).map(([name, branch]) => [
      name,
      {
        ...branch,
        steps: branch.steps.map((step) =>
          step.id === 'ensureSlot'
            ? { id: step.id, status: 'running' as const, attempt: 1, startedAt: at(20) }
            : step.id === 'takeBaseBackup'
              ? { id: step.id, status: 'pending' as const, attempt: 0 }
              : step,
        ),
      },
    ]),
  ),
  progress: {},
  retry: {
    follower1: {
      step: 'ensureSlot',
      attempt: 4,
      code: 'POSTGRES_UNAVAILABLE',
      message: 'leader: PostgreSQL takes no connections on its local socket',
      nextTryAt: at(46),
    },
  },
};
