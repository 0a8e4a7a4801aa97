import { describe, expect, it } from 'vitest';
import { classify } from '../../../planning/classify.js';
import { differingKeys, shortFingerprintLines } from '../../../planning/commands/fingerprint.js';
import type { ClusterFacts, ServerFacts } from '../../../planning/facts.js';
import { boundFinding, finding } from '../../../planning/findings/finding.js';
import { followerFindings } from '../../../planning/findings/follower-findings.js';
import { joiningFindings } from '../../../planning/findings/joining-findings.js';
import { leaderFindings } from '../../../planning/findings/leader-findings.js';
import { pairFindings } from '../../../planning/findings/pair-findings.js';
import { followerPlan } from '../../../planning/follower-plan.js';
import { leaderPlan } from '../../../planning/leader-plan.js';
import type { FollowerLook } from '../../../planning/follower-look.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { Plan } from '../../../workflows/contract/plan.js';
import {
  freshServer,
  MB,
  operation,
  sampleConfig,
  sampleFacts,
  sampleServer,
  settings,
} from './sample-facts.js';

const KB = 1024;
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}_of_department_${String(index)}`);

/** Everything that may be long is long, and everything that can be found is found. */
function largeLeader(databases: number): ServerFacts {
  return sampleServer({
    databases: names('database', databases),
    databaseLocales: names('database', databases).map((database) => ({
      database,
      provider: 'c',
      collate: 'en_US.UTF-8',
      ctype: 'en_US.UTF-8',
      version: '2.31',
      actualVersion: '2.36',
    })),
    pendingRestart: names('setting', 40),
    editedFiles: names('/etc/postgresql/', 200),
    extensionsInUse: names('extension', 200),
    slots: names('slot', 100).map((name) => ({
      name,
      type: 'logical',
      active: false,
      activePid: null,
      walStatus: 'extended',
      retainedBytes: 5_000 * MB,
    })),
    settings: settings({
      wal_level: 'minimal',
      listen_addresses: 'localhost',
      shared_preload_libraries: names('library', 200).join(','),
      synchronous_standby_names: '*',
    }),
  });
}

function largeFollower(name: string, count: number): ClusterFacts {
  const server = freshServer({
    databases: ['postgres', ...names('database', count)],
    userRoles: names('role', count),
    sessions: names('user', 10).map((user) => ({
      database: user,
      user,
      application: user,
      address: '10.0.0.9',
    })),
    clientSessions: 3_000,
  });
  const facts = sampleFacts(name, { server, files: { minorOnDisk: '15.1', freeBytes: 1 } });
  return { ...facts, host: { ...facts.host, glibcVersion: '2.31' } };
}

const fingerprintLines = (count: number): string[] => [
  `databases=${Array.from({ length: count }, (_, index) => String(16384 + index)).join(' ')}`,
  'machineId=00000000000000000000000000000001',
  'path=/var/lib/postgresql/15/main',
];

function largePlan(followers: number, databases: number, prefix = 'replica-'): Plan {
  const config = {
    ...sampleConfig(),
    followers: Array.from({ length: followers }, (_, index) => ({
      name: `${prefix}${String(index)}`,
      host: `follower-${String(index)}.internal.example.org`,
      sshPort: 22,
      address: `fd00:1234:5678:9abc:def0:1234:5678:${String(index + 10)}`,
    })),
  };
  const server = largeLeader(databases);
  const facts = sampleFacts('leader', { server, files: { hbaText: 'host replication all all reject\n' } });
  const target = leaderTarget(config, facts, server, operation(), followers);
  const looks = config.followers.map(({ name }): FollowerLook => {
    const own = largeFollower(name, databases);
    const classified = classify(own, server, undefined);
    const follower = followerTarget(config, name, own, operation(), classified.class);
    follower.fingerprint = 'f'.repeat(64);
    follower.fingerprintLines = shortFingerprintLines(fingerprintLines(databases));
    return { facts: own, target: follower, classified, findings: [] };
  });
  const targets = looks.map((look) => look.target);
  const peers = targets.map(({ name, clientAddress }) => ({ name, address: clientAddress }));
  const leader = { facts, server, target };
  return {
    cluster: config.cluster,
    madeAt: '2026-11-25T00:00:00.000Z',
    leader: {
      ...leaderPlan(server, target, targets, new Set(), facts.files.hbaText),
      fingerprint: 'f'.repeat(64),
    },
    followers: Object.fromEntries(
      looks.map((look) => [
        look.target.name,
        followerPlan(
          config,
          leader,
          look,
          peers.filter(({ name }) => name !== look.target.name),
        ),
      ]),
    ),
    findings: [
      ...leaderFindings(config, facts, server, target, followers),
      ...joiningFindings(leader, targets),
      ...looks.flatMap((look) => [
        ...followerFindings(leader, look.facts, look.target, { class: 'fresh', reasons: [] }),
        ...pairFindings(leader, look),
      ]),
    ].map(boundFinding),
  };
}

describe('a plan', () => {
  it('of ten followers and fifty databases takes at most 128 kB, a follower 16 kB', () => {
    const plan = largePlan(10, 50);
    expect(Object.keys(plan.followers)).toHaveLength(10);
    expect(new Set(plan.findings.map(({ code }) => code)).size).toBeGreaterThan(10);
    expect(bytes(plan)).toBeLessThanOrEqual(128 * KB);
    for (const [name, follower] of Object.entries(plan.followers))
      expect(bytes([follower, plan.findings.filter(({ host }) => host === name)])).toBeLessThanOrEqual(
        16 * KB,
      );
  });

  it('does not grow with what is on the hosts', () => {
    const [some, many] = [largePlan(2, 50), largePlan(2, 5_000)];
    expect(bytes(many) - bytes(some)).toBeLessThan(KB);
    for (const follower of Object.values(largePlan(50, 5_000, 'follower-with-a-long-name-').followers))
      expect(bytes(follower)).toBeLessThanOrEqual(16 * KB);
  });

  it('says how much it leaves out', () => {
    const [follower] = Object.values(largePlan(1, 50).followers);
    expect(follower?.destroys?.databases).toHaveLength(21);
    expect(follower?.destroys?.databases.at(-1)).toBe('… and 31 more');
    expect(follower?.remarks.at(-1)).toMatch(/^… and \d+ more$/);
    const found = largePlan(1, 50).findings.find(({ code }) => code === 'FOLLOWER_IN_USE');
    expect(found?.message).toContain('3000');
  });
});

describe('a long fingerprint line', () => {
  it('still tells a difference anywhere in it, against the whole line and the short one', () => {
    const [all, other] = [fingerprintLines(1_000), fingerprintLines(1_001)];
    for (const approved of [all, shortFingerprintLines(all)]) {
      expect(differingKeys(approved, other)).toEqual(['databases']);
      expect(differingKeys(approved, all)).toEqual([]);
    }
  });
});

describe('a finding of a plan', () => {
  it("leaves out the hint that is the code's own", () => {
    expect(boundFinding(finding('info', 'INTERNAL', 'h', 'short'))).not.toHaveProperty('hint');
  });
});

describe('a long finding', () => {
  it('is cut off in each of its texts', () => {
    const long = 'x'.repeat(100_000);
    const found = boundFinding(finding('warning', 'INTERNAL', 'h', long, { detail: long, hint: long }));
    expect(bytes(found)).toBeLessThan(2 * KB);
    const short = finding('info', 'INTERNAL', 'h', 'short', { hint: 'Wait.' });
    expect(boundFinding(short)).toEqual(short);
  });
});
