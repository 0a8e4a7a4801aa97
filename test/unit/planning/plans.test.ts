import { describe, expect, it } from 'vitest';
import { classify } from '../../../planning/classify.js';
import type { ClusterFacts, ServerFacts } from '../../../planning/facts.js';
import { followerPlan } from '../../../planning/follower-plan.js';
import { leaderPlan } from '../../../planning/leader-plan.js';
import type { FollowerLook } from '../../../planning/follower-look.js';
import { parseConninfo } from '../../../planning/postgres/conninfo.js';
import { withRunbookBlock } from '../../../planning/postgres/hba.js';
import * as commands from '../../../planning/step-commands.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { FollowerPlan } from '../../../workflows/contract/plan.js';
import type { FollowerClass, FollowerTarget, LeaderTarget } from '../../../workflows/contract/target.js';
import { stepDefinition } from '../../../workflows/contract/steps.js';
import {
  freshServer,
  GB,
  healthyPair,
  MB,
  operation,
  sampleConfig,
  sampleFacts,
  sampleServer,
  settings,
} from './sample-facts.js';

const minimal = settings({
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  listen_addresses: '',
  max_slot_wal_keep_size: '-1',
});

const leaderOf = (server: ServerFacts, change = {}): LeaderTarget =>
  leaderTarget(sampleConfig(change), sampleFacts('leader', { server }), server, operation(), 1);

const followerOf = (name: string, facts = sampleFacts(name), cls: FollowerClass = 'fresh'): FollowerTarget =>
  followerTarget(sampleConfig(), name, facts, operation(), cls);

const HBA = 'local all all peer\n';

describe('leaderPlan', () => {
  const plan = (
    server: ServerFacts,
    followers: FollowerTarget[],
    roles: string[] = [],
    hba = HBA,
    change = {},
  ) => leaderPlan(server, leaderOf(server, change), followers, new Set(roles), hba);

  it('has no step and no gate where everything is there', () => {
    const server = sampleServer();
    const follower = followerOf('follower1');
    const hba = withRunbookBlock(HBA, [commands.leaderHbaLine(leaderOf(server), follower)]);
    expect(plan(server, [follower], ['replication_follower1'], hba)).toMatchObject({
      needsGate: false,
      steps: [],
    });
    expect(plan(server, [])).toMatchObject({ needsGate: false, steps: [] });
  });

  it('shows every change with its commands, and why there is a restart', () => {
    const server = sampleServer({ settings: minimal, pendingRestart: ['shared_buffers', 'wal_level'] });
    const made = plan(server, [followerOf('follower1'), followerOf('follower2')], [], HBA, {
      slotWalLimitBytes: 20 * GB,
    });
    expect(made.needsGate).toBe(true);
    expect(made.steps.map(({ step, commands: lines }) => [step, lines])).toEqual([
      [
        'ensureCredentials',
        [`CREATE ROLE "replication_follower1" LOGIN REPLICATION PASSWORD '<SCRAM-SHA-256 verifier>'`],
      ],
      [
        'ensureCredentials',
        [`CREATE ROLE "replication_follower2" LOGIN REPLICATION PASSWORD '<SCRAM-SHA-256 verifier>'`],
      ],
      [
        'ensureLeaderSettings',
        [
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: wal_level = 'replica'",
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: max_wal_senders = '10'",
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: max_replication_slots = '10'",
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: listen_addresses = '10.0.0.1'",
          "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: max_slot_wal_keep_size = '20480MB'",
          'SELECT pg_reload_conf()',
        ],
      ],
      [
        'ensureLeaderHbaRule',
        [
          '/etc/postgresql/15/main/pg_hba.conf: hostssl replication     replication_follower1 10.0.0.2/32             scram-sha-256 # follower1',
          'SELECT pg_reload_conf()',
        ],
      ],
      [
        'ensureLeaderHbaRule',
        [
          '/etc/postgresql/15/main/pg_hba.conf: hostssl replication     replication_follower2 10.0.0.3/32             scram-sha-256 # follower2',
          'SELECT pg_reload_conf()',
        ],
      ],
      ['restartLeader', ['systemctl restart postgresql@15-main.service']],
    ]);
    expect(made.restart).toEqual({
      reasons: [
        'wal_level: minimal becomes replica',
        'max_wal_senders: 0 becomes 10',
        'max_replication_slots: 0 becomes 10',
        "listen_addresses: '' becomes 10.0.0.1",
      ],
      pendingEdits: ['shared_buffers'],
    });
    for (const { step, host } of made.steps) {
      expect(host).toBe('leader');
      expect(stepDefinition(step).gate).toBe('change-leader');
    }
  });

  it('shows each line as a diff against the file as the steps before leave it', () => {
    const followers = [followerOf('follower1'), followerOf('follower2')];
    const hba = `${HBA}include x.conf\n`;
    const files = { path: '/etc/postgresql/15/main/pg_hba.conf', includes: {} };
    const server = sampleServer({ majorVersion: 16 });
    const includes = { '/etc/postgresql/15/main/x.conf': 'host replication all 10.0.0.2/32 reject\n' };
    const made = leaderPlan(server, leaderOf(server), followers, new Set(), hba, { ...files, includes });
    const rules = made.steps.filter(({ step }) => step === 'ensureLeaderHbaRule');
    expect(rules.map(({ what }) => what)).toEqual([
      'let follower1 replicate, whom line 1 of /etc/postgresql/15/main/x.conf rejects today',
      'let follower2 replicate',
    ]);
    expect(rules.map(({ diff }) => diff?.lines.map((line) => line.slice(0, 30)))).toEqual([
      [
        '@@ -1,2 +1,5 @@',
        ' local all all peer',
        '+# BEGIN pg-replication-runboo',
        '+hostssl replication     repli',
        '+# END pg-replication-runbook',
        ' include x.conf',
      ],
      [
        '@@ -1,5 +1,6 @@',
        ' local all all peer',
        ' # BEGIN pg-replication-runboo',
        ' hostssl replication     repli',
        '+hostssl replication     repli',
        ' # END pg-replication-runbook',
        ' include x.conf',
      ],
    ]);
  });

  it('reloads without a restart what needs none', () => {
    const server = sampleServer({ settings: settings({ max_slot_wal_keep_size: '-1' }) });
    const made = plan(server, [], [], HBA, { slotWalLimitBytes: GB });
    expect(made.steps.map(({ step, commands: lines }) => [step, lines.at(-1)])).toEqual([
      ['ensureLeaderSettings', 'SELECT pg_reload_conf()'],
    ]);
    expect(made).not.toHaveProperty('restart');
  });

  it('makes one role that followers share', () => {
    const shared = [followerOf('follower1'), followerOf('follower2')].map((one) => ({
      ...one,
      role: 'replication',
    }));
    const steps = (roles: string[]) =>
      plan(sampleServer(), shared, roles).steps.filter(({ step }) => step === 'ensureCredentials');
    expect(steps([])).toHaveLength(1);
    expect(steps(['replication'])).toEqual([]);
  });

  it('uses ALTER SYSTEM where no directory is included', () => {
    const server = sampleServer({ settings: settings({ listen_addresses: "it's" }) });
    const target = leaderOf(server);
    delete target.settingsFile;
    expect(commands.settingsCommands(target)).toEqual([
      `ALTER SYSTEM SET "listen_addresses" = 'it''s, 10.0.0.1'`,
    ]);
  });

  it('uses ALTER SYSTEM where postgresql.auto.conf would win over a file of ours', () => {
    const lines = (alterSystem: string[]): string[] =>
      commands.settingsCommands(
        leaderOf(sampleServer({ settings: settings({ listen_addresses: '' }), alterSystem })),
      );
    expect(lines(['listen_addresses'])).toEqual([`ALTER SYSTEM SET "listen_addresses" = '10.0.0.1'`]);
    expect(lines(['work_mem'])).toEqual([
      "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: listen_addresses = '10.0.0.1'",
    ]);
  });
});

const PEERS = [{ name: 'follower2', address: '10.0.0.3' }];

function planFor(facts: ClusterFacts, leader: ServerFacts, peers = PEERS, change = {}): FollowerPlan {
  const config = sampleConfig(change);
  const classified = classify(facts, leader, undefined);
  const target = followerTarget(config, 'follower1', facts, operation(), classified.class);
  const look: FollowerLook = { facts, target, classified, findings: [] };
  return followerPlan(config, { server: leader, target: leaderOf(leader, change) }, look, peers);
}

describe('followerPlan', () => {
  const fresh = sampleFacts('follower1', { server: freshServer() });

  it('of a healthy follower has no step, no gate and destroys nothing; missing lines are named', () => {
    const pair = healthyPair();
    const facts = sampleFacts('follower1', { server: pair.follower });
    const plan = planFor(facts, pair.leader);
    expect(plan).toMatchObject({ needsGate: false, steps: [] });
    expect(plan).not.toHaveProperty('destroys');
    expect(plan.remarks).toEqual([
      'it streams through its slot and has replayed what the leader had flushed',
      'its pg_hba.conf has no line of ours for leader; a switchover would need one',
      'its pg_hba.conf has no line of ours for follower2; a switchover would need one',
    ]);
    const lines = commands.switchoverHbaLines(sampleConfig(), leaderOf(pair.leader), plan.target, PEERS);
    facts.files.hbaText = withRunbookBlock(HBA, lines);
    expect(planFor(facts, pair.leader).remarks).toHaveLength(1);
    facts.files.hbaText = HBA;
    expect(planFor(facts, pair.leader, PEERS, { prepareSwitchover: false }).remarks).toHaveLength(1);
  });

  it('of a fresh one shows every step behind its gate, in order', () => {
    const plan = planFor(fresh, sampleServer());
    expect(plan.needsGate).toBe(true);
    expect(plan.steps.map(({ step, host }) => [step, host])).toEqual([
      ['ensureCredentials', 'follower1'],
      ['ensureSlot', 'leader'],
      ['takeBaseBackup', 'follower1'],
      ['verifyBaseBackup', 'follower1'],
      ['configureFollower', 'follower1'],
      ['rehearseFollower', 'follower1'],
      ['rehearseFollower', 'leader'],
      ['swapDataDirectory', 'follower1'],
      ['startFollower', 'follower1'],
      ['verifyStreaming', 'leader'],
      ['prepareSwitchover', 'follower1'],
    ]);
    for (const { what, commands: lines } of plan.steps) {
      expect(what).not.toBe('');
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.join('')).not.toContain('\n');
    }
    const steps = planFor(fresh, sampleServer(), PEERS, { prepareSwitchover: false }).steps;
    expect(steps.map(({ step }) => step)).not.toContain('prepareSwitchover');
  });

  it('shows the test record only where nobody would notice it', () => {
    const record = (server: ServerFacts): string[] =>
      planFor(fresh, server)
        .steps.filter(({ step }) => step === 'verifyStreaming')
        .flatMap((step) => step.commands);
    expect(record(sampleServer())).toHaveLength(5);
    expect(record(sampleServer({ recordWouldBeNoticed: true }))).toEqual([
      "SELECT pg_logical_emit_message(true, 'pg-replication-runbook', '<nonce>')",
    ]);
  });

  it('shows what is replaced', () => {
    expect(planFor(fresh, sampleServer()).destroys).toEqual({
      host: 'follower1',
      path: '/var/lib/postgresql/15/main',
      mount: '/',
      sizeBytes: 40 * MB,
      databases: ['postgres'],
      databaseSizes: { postgres: 8 * MB },
      systemIdentifier: '7000000000000000002',
      lastWrite: '2026-11-24T20:00:00.000Z',
      movedTo: '/var/lib/postgresql/15/main.replaced-a1b2c3d4',
    });
    const absent = sampleFacts('follower1', { files: { exists: false, entries: 0 } });
    const plan = planFor(absent, sampleServer());
    expect(plan).not.toHaveProperty('destroys');
    const swap = plan.steps.find(({ step }) => step === 'swapDataDirectory');
    expect(swap?.commands).toEqual([
      'mv -T /var/lib/postgresql/15/main.incoming-a1b2c3d4 /var/lib/postgresql/15/main',
    ]);
  });

  it('says how long it takes and how it knows', () => {
    const server = sampleServer({ databaseBytes: 80 * GB });
    expect(planFor(fresh, server, PEERS, { maxRateBytesPerSecond: 80 * MB })).toMatchObject({
      seconds: 1024,
      basis: 'copy.maxRate 80 MB/s',
      copyBytes: 80 * GB,
      freeBytes: 100 * GB,
    });
    expect(planFor(fresh, server).basis).toContain('guess');
  });

  it('shows the WAL that a slot of ours retains already', () => {
    const slot = {
      name: 'rb_follower1_a1b2c3',
      type: 'physical',
      active: false,
      activePid: null,
      walStatus: 'reserved',
      retainedBytes: 7,
    };
    expect(planFor(fresh, sampleServer({ slots: [slot] })).retainedWalBytes).toBe(7);
    expect(planFor(fresh, sampleServer())).not.toHaveProperty('retainedWalBytes');
  });

  it('leaves out a peer whose address is not known, and says so', () => {
    const unknown = { name: 'follower2', address: '' };
    const plan = planFor(fresh, sampleServer(), [unknown, { name: 'follower3', address: '10.0.0.4' }]);
    const lines = plan.steps.find(({ step }) => step === 'prepareSwitchover')?.commands;
    expect(lines).toHaveLength(4);
    expect(lines?.[0]).toMatch(/pg_hba\.conf:$/);
    expect(lines?.[1]).toContain('# leader');
    expect(lines?.[2]).toContain('# follower3');
    const remark =
      'its pg_hba.conf gets no line for follower2, whose address is not known; a switchover would need one';
    expect(plan.remarks).toContain(remark);
    const unprepared = planFor(fresh, sampleServer(), [unknown], { prepareSwitchover: false });
    expect(unprepared.remarks).not.toContain(remark);
  });

  it('takes at most 16 kB, with 49 others to let in', () => {
    const peers = Array.from({ length: 49 }, (_, index) => ({
      name: `follower-with-a-long-name-${String(index)}`,
      address: `fd00:1234:5678:9abc:def0:1234:5678:${String(index + 10)}`,
    }));
    const autoConfText = Array.from(
      { length: 99 },
      (_, index) => `x${String(index)} = '${'y'.repeat(99)}'\n`,
    );
    const full = sampleFacts('follower1', {
      server: freshServer(),
      files: { autoConfText: autoConfText.join('') },
    });
    const plan = planFor(full, sampleServer(), peers);
    expect(Buffer.byteLength(JSON.stringify(plan))).toBeLessThan(16_000);
    expect(Buffer.byteLength(JSON.stringify(planFor(fresh, sampleServer())))).toBeLessThan(7_000);
  });

  it('is the same for the same facts', () => {
    expect(planFor(fresh, sampleServer())).toEqual(planFor(fresh, sampleServer()));
  });
});

describe('the commands of a plan', () => {
  const server = sampleServer();
  const [leader, follower] = [leaderOf(server), followerOf('follower1')];

  it('name the password file and never a password', () => {
    const conninfo = parseConninfo(commands.followerConninfo(leader, follower));
    expect(conninfo).toMatchObject({
      host: '10.0.0.1',
      port: '5432',
      user: 'replication_follower1',
      passfile: follower.passfile,
      application_name: 'follower1',
      sslmode: 'require',
    });
    expect(Object.keys(conninfo ?? {})).not.toContain('password');
    expect(commands.passfileCommands(leader, follower)[0]).toMatch(/:<password>$/);
    expect(
      parseConninfo(commands.followerConninfo(leaderOf(server, { tls: 'off' }), follower))?.sslmode,
    ).toBe('disable');
  });

  it('copy under a name and a label of their own', () => {
    const argv = commands.backupArguments(sampleConfig({ maxRateBytesPerSecond: 80 * MB }), leader, follower);
    expect(parseConninfo(argv.at(-1) ?? '')).toMatchObject({ application_name: 'rb-copy-a1b2c3d4' });
    expect(argv).toEqual(
      expect.arrayContaining([
        '/usr/lib/postgresql/15/bin/pg_basebackup',
        follower.incomingDirectory,
        follower.slotName,
        '--label=pg-replication-runbook a1b2c3d4',
        '81920k',
      ]),
    );
    expect(commands.copyCommands(sampleConfig(), leader, follower)[0]).toContain(
      "'--label=pg-replication-runbook a1b2c3d4'",
    );
  });

  it('let each host in with the role it uses', () => {
    const lines = commands.switchoverHbaLines(sampleConfig(), leader, follower, PEERS);
    expect(lines).toEqual([
      {
        type: 'hostssl',
        role: 'replication_leader',
        address: '10.0.0.1',
        method: 'scram-sha-256',
        key: 'leader',
      },
      {
        type: 'hostssl',
        role: 'replication_follower2',
        address: '10.0.0.3',
        method: 'scram-sha-256',
        key: 'follower2',
      },
    ]);
    const shared = sampleConfig({ password: { kind: 'env', name: 'X' }, tls: 'off' });
    expect(commands.switchoverHbaLines(shared, leaderOf(server, { tls: 'off' }), follower, [])).toMatchObject(
      [{ type: 'host', role: 'replication' }],
    );
  });
});
