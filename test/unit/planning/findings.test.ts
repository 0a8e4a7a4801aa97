import { describe, expect, it } from 'vitest';
import { classify, IDENTIFIED_CLASSES, REFUSED_CLASSES } from '../../../planning/classify.js';
import type { FileFacts, ServerFacts } from '../../../planning/facts.js';
import { followerFindings } from '../../../planning/findings/follower-findings.js';
import { leaderFindings } from '../../../planning/findings/leader-findings.js';
import { bytesNeeded } from '../../../planning/findings/room.js';
import { remedyFor } from '../../../planning/remedy.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { FailureCode } from '../../../workflows/contract/codes.js';
import type { RunConfig } from '../../../workflows/contract/config.js';
import type { Finding } from '../../../workflows/contract/plan.js';
import type { FollowerClass } from '../../../workflows/contract/target.js';
import {
  freshServer,
  GB,
  healthyPair,
  operation,
  sampleConfig,
  sampleFacts,
  sampleServer,
  sampleTablespace,
  settings,
  type FactsChange,
} from './sample-facts.js';

function expectFinding(
  found: Finding[],
  severity: Finding['severity'],
  code: FailureCode,
  host: string,
): void {
  expect(found.map((finding) => [finding.severity, finding.code])).toEqual([[severity, code]]);
  const [finding] = found;
  expect(finding?.host).toBe(host);
  expect(finding?.message).toMatch(new RegExp(`^${host}: .*[^.\\s]$`));
  expect(finding?.hint).toMatch(/\S.*\.$/s);
  if (finding?.detail !== undefined) expect(finding.detail).not.toBe('');
}

const slot = (name: string, retainedBytes: number): ServerFacts['slots'][number] => ({
  name,
  type: 'physical',
  active: false,
  activePid: null,
  walStatus: 'reserved',
  retainedBytes,
});

const unbounded = settings({ max_slot_wal_keep_size: '-1' });

interface LeaderCase {
  config?: Parameters<typeof sampleConfig>[0];
  server?: Partial<ServerFacts>;
  files?: FactsChange['files'];
  work?: number;
}

function lookAtLeader({
  config: change = {},
  server: facts = {},
  files = {},
  work = 1,
}: LeaderCase): Finding[] {
  const config: RunConfig = sampleConfig(change);
  const server = sampleServer(facts);
  const cluster = sampleFacts('leader', { server, files });
  return leaderFindings(
    config,
    cluster,
    server,
    leaderTarget(config, cluster, server, operation(), work),
    work,
  );
}

describe('on the leader', () => {
  it.each<[string, LeaderCase]>([
    ['a leader that has all', {}],
    [
      'ssl that is off and need not be on',
      { config: { tls: 'off' }, server: { settings: settings({ ssl: 'off' }) } },
    ],
    ['a bound that will be set', { config: { slotWalLimitBytes: 20 * GB }, server: { settings: unbounded } }],
    [
      'a bound that leaves every slot its WAL',
      { config: { slotWalLimitBytes: GB }, server: { settings: unbounded, slots: [slot('other', GB)] } },
    ],
    ['an accepted risk', { config: { acceptUnboundedSlot: true }, server: { settings: unbounded } }],
  ])('nothing stands against %s', (_, change) => {
    expect(lookAtLeader(change)).toEqual([]);
  });

  it.each<[Finding['severity'], FailureCode, LeaderCase]>([
    ['blocker', 'CONF_FILE_ERRORS', { server: { fileErrors: ['/etc/x.conf:3: syntax error'] } }],
    ['blocker', 'HBA_FILE_ERRORS', { server: { hbaErrors: ['line 3: invalid'] } }],
    ['info', 'TABLESPACES', { server: { tablespaces: [sampleTablespace('fast', '16384')] } }],
    ['blocker', 'TLS_NOT_AVAILABLE', { server: { settings: settings({ ssl: 'off' }) } }],
    ['blocker', 'SLOT_UNBOUNDED', { server: { settings: unbounded } }],
    [
      'blocker',
      'SLOT_LIMIT_INVALIDATES',
      {
        config: { slotWalLimitBytes: GB },
        server: { settings: unbounded, slots: [slot('other', GB + 1), slot('ok', 1)] },
      },
    ],
    [
      'warning',
      'RESTART_NOT_SAFE',
      {
        server: { pendingRestart: ['shared_buffers'], settings: settings({ listen_addresses: 'localhost' }) },
      },
    ],
  ])('%s %s', (severity, code, change) => {
    expectFinding(lookAtLeader(change), severity, code, 'leader');
  });

  it.each<[FailureCode, string, LeaderCase]>([
    ['HBA_FILE_ERRORS', 'its pg_hba.conf has errors', { server: { hbaErrors: ['x'] } }],
    ['SLOT_UNBOUNDED', 'max_slot_wal_keep_size is unlimited', { server: { settings: unbounded } }],
    [
      'SLOT_UNBOUNDED',
      'max_slot_wal_keep_size is unlimited (the configuration says 20 GB)',
      { config: { slotWalLimitBytes: 20 * GB }, server: { settings: unbounded } },
    ],
  ])('%s is a warning where no follower needs work', (code, message, change) => {
    const found = lookAtLeader({ ...change, work: 0 });
    expectFinding(found, 'warning', code, 'leader');
    expect(found[0]?.message).toBe(`leader: ${message}`);
  });

  it('nothing to do and a risk that was accepted: no word', () => {
    const change = { config: { acceptUnboundedSlot: true }, server: { settings: unbounded } };
    expect(lookAtLeader({ ...change, work: 0 })).toEqual([]);
  });

  it('names what is wrong', () => {
    const found = lookAtLeader({
      config: { slotWalLimitBytes: GB },
      server: {
        fileErrors: ['a:1: x', 'b:2: y'],
        tablespaces: [sampleTablespace('fast', '16384'), sampleTablespace('slow', '16385')],
        settings: unbounded,
        slots: [slot('other', 3 * GB)],
      },
    });
    expect(found.map(({ detail, message }) => detail ?? message)).toEqual([
      'a:1: x; b:2: y',
      'leader: it has tablespaces: fast at /srv/fast, slow at /srv/slow',
      'other retains 3072 MB',
    ]);
  });

  it('warns of the changes of others only, and only where there is a restart', () => {
    const pendingRestart = ['listen_addresses', 'shared_buffers', 'wal_buffers'];
    const [finding] = lookAtLeader({
      server: { pendingRestart, settings: settings({ listen_addresses: 'localhost' }) },
    });
    expect(finding?.message).toMatch(/: shared_buffers, wal_buffers$/);
    expect(lookAtLeader({ server: { pendingRestart } })).toEqual([]);
  });
});

const inFile = (name: string, value: string): FileFacts['recoverySettings'][number] => ({
  name,
  value,
  file: '/etc/postgresql/15/main/conf.d/old.conf',
  line: 3,
});

interface FollowerCase extends FactsChange {
  class?: FollowerClass;
  databaseBytes?: number;
}

function lookAtFollower({ class: name = 'fresh', databaseBytes = GB, ...change }: FollowerCase): Finding[] {
  const facts = sampleFacts('follower1', { server: freshServer(), ...change });
  const server = sampleServer({ databaseBytes });
  const target = followerTarget(sampleConfig(), 'follower1', facts, operation(), name);
  return followerFindings({ facts: sampleFacts('leader', { server }), server }, facts, target, {
    class: name,
    reasons: ['first', 'second'],
  });
}

describe('on a follower', () => {
  it.each<[string, FollowerCase]>([
    ['a fresh one', {}],
    ['an empty one', { class: 'empty', server: undefined, files: { exists: false } }],
    ['one below a mount point of its own', { class: 'empty', files: { exists: false, isMount: true } }],
    ['a healthy one, whatever it lies on', { class: 'healthy', files: { isLink: true, freeBytes: 0 } }],
    [
      'a copy in place, with clients and a full disk',
      { class: 'copied', files: { freeBytes: 0 }, server: freshServer({ clientSessions: 2 }) },
    ],
    [
      'a copy that has begun and takes its room already',
      { class: 'partial', files: { freeBytes: 0, freeInodes: 0 } },
    ],
    ['as many inodes as are needed', { files: { freeInodes: 2_100 } }],
    ['a file system that makes inodes as it needs them', { files: { freeInodes: 0, fileSystemInodes: 0 } }],
    ['an architecture that is not known', { host: { architecture: '' } }],
  ])('nothing stands against %s', (_, change) => {
    expect(lookAtFollower(change)).toEqual([]);
  });

  it.each<[FailureCode, FollowerCase]>([
    ['VERSION_MISMATCH', { version: '14' }],
    ['CLIENT_ADDRESS_DIFFERS', { sourceAddress: undefined }],
    ['DATA_DIRECTORY_MOUNTED', { files: { isMount: true } }],
    ['MOUNT_BELOW', { files: { mountsBelow: ['/x/pg_wal'] } }],
    ['NO_ROOM_SIDE_BY_SIDE', { files: { freeBytes: 1 } }],
    ['INODES_SHORT', { files: { freeInodes: 2_099 } }],
    ['ARCHITECTURE_DIFFERS', { host: { architecture: 'aarch64' } }],
    ['RECOVERY_LEFTOVERS', { files: { recoverySettings: [inFile('restore_command', 'cp x')] } }],
  ])('blocker %s', (code, change) => {
    expectFinding(lookAtFollower(change), 'blocker', code, 'follower1');
  });

  it('connected clients are a warning: the gate before the swap asks', () => {
    const found = lookAtFollower({ server: freshServer({ clientSessions: 2 }) });
    expectFinding(found, 'warning', 'FOLLOWER_IN_USE', 'follower1');
  });

  it.each(Object.entries(REFUSED_CLASSES) as [FollowerClass, FailureCode][])(
    '%s is refused as %s',
    (name, code) => {
      const found = lookAtFollower({ class: name, files: { isLink: true } });
      expectFinding(found, 'blocker', code, 'follower1');
      expect(found[0]?.detail).toBe('first; second');
      // Classes are our own words; what is said to people is not.
      expect(found[0]?.message).not.toContain(name);
    },
  );

  it.each(Object.entries(IDENTIFIED_CLASSES) as [FollowerClass, FailureCode][])(
    '%s is warned of as %s, and no blocker',
    (name, code) => {
      const found = lookAtFollower({ class: name, files: { running: name !== 'unreadable' } });
      expectFinding(found, 'warning', code, 'follower1');
      expect(found[0]?.detail).toBe('first; second.');
    },
  );

  it('a server that cannot be asked stands against it: its clients are not known', () => {
    const found = lookAtFollower({ class: 'unreadable', server: undefined, files: { running: true } });
    expectFinding(found, 'blocker', 'FOLLOWER_UNREADABLE', 'follower1');
  });

  it('clients, and no room, are told of one that is foreign, too', () => {
    const found = lookAtFollower({
      class: 'foreign',
      server: freshServer({ clientSessions: 1 }),
      files: { freeBytes: 0 },
    });
    expect(found.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'FOLLOWER_HAS_DATA'],
      ['blocker', 'NO_ROOM_SIDE_BY_SIDE'],
      ['warning', 'FOLLOWER_IN_USE'],
    ]);
  });

  it('lists all of them together', () => {
    const found = lookAtFollower({
      version: '14',
      sourceAddress: undefined,
      files: { isLink: true, mountsBelow: ['/x/pg_wal'], freeBytes: 0 },
    });
    expect(found.map(({ code }) => code)).toEqual([
      'VERSION_MISMATCH',
      'CLIENT_ADDRESS_DIFFERS',
      'DATA_DIRECTORY_LINKED',
      'MOUNT_BELOW',
      'NO_ROOM_SIDE_BY_SIDE',
    ]);
  });

  it('shows the arithmetic of the room it lacks', () => {
    const [found] = lookAtFollower({
      databaseBytes: 100 * GB,
      files: { freeBytes: GB, fileSystemBytes: 200 * GB },
    });
    expect(found?.message).toBe('follower1: its file system / has 1024 MB free, the copy needs 115 GB');
    expect(found?.detail).toBe(
      '100 GB of data + 5 % for what is written meanwhile (5120 MB) + a reserve of 10 GB (5 % of the file system, at least 2 GB) = 115 GB.',
    );
    const [inodes] = lookAtFollower({ files: { freeInodes: 5 } });
    expect(inodes?.message).toBe('follower1: its file system / has 5 free inodes, the copy needs 2100');
    expect(inodes?.detail).toMatch(/^1000 files on the leader \+ 10 % .* \+ a reserve of 1000\.$/);
  });

  it.each<[string, string, string[]]>([
    ['restore_command', 'cp x', ['blocker']],
    ['recovery_target', 'immediate', ['blocker']],
    ['recovery_target_time', '2026-01-01', ['blocker']],
    ['promote_trigger_file', '/tmp/promote', ['blocker']],
    ['hot_standby', 'OFF', ['blocker']],
    ['hot_standby', 'no', ['blocker']],
    ['hot_standby', 'on', []],
    ['recovery_min_apply_delay', '1h', ['warning']],
    ['recovery_min_apply_delay', '0', []],
    ['recovery_min_apply_delay', '0ms', []],
    ['recovery_target_timeline', 'latest', []],
    ['recovery_target_timeline', 'current', ['warning']],
    ['archive_cleanup_command', 'rm %r', ['warning']],
    ['recovery_target_action', 'pause', []],
    ['recovery_prefetch', 'on', []],
  ])('%s = %s in its own files', (name, value, severities) => {
    const found = lookAtFollower({ files: { recoverySettings: [inFile(name, value)] } });
    expect(found.map(({ severity }) => severity)).toEqual(severities);
    for (const { detail } of found)
      expect(detail).toBe(`${name} at /etc/postgresql/15/main/conf.d/old.conf:3`);
  });

  it('has room from the very byte on that is needed', () => {
    const needed = bytesNeeded(100 * GB, 200 * GB);
    expect(needed).toBe(115 * GB);
    expect(bytesNeeded(GB, 10 * GB)).toBe(Math.ceil(1.05 * GB + 2 * GB));
    const at = (freeBytes: number): Finding[] =>
      lookAtFollower({ databaseBytes: 100 * GB, files: { freeBytes, fileSystemBytes: 200 * GB } });
    expect(at(needed)).toEqual([]);
    expect(at(needed - 1).map(({ code }) => code)).toEqual(['NO_ROOM_SIDE_BY_SIDE']);
  });
});

describe('on a follower of this leader', () => {
  it('a missing standby.signal is a blocker of its own, with the command that makes it again', () => {
    const config = sampleConfig();
    const { leader: server, follower: running } = healthyPair();
    const facts = sampleFacts('follower1', { server: running, files: { standbySignal: false } });
    const classified = classify(facts, server, undefined);
    const target = followerTarget(
      config,
      'follower1',
      facts,
      operation(),
      classified.class,
      remedyFor(classified, facts, server),
    );
    const found = followerFindings(
      { facts: sampleFacts('leader', { server }), server },
      facts,
      target,
      classified,
    );
    expectFinding(found, 'blocker', 'STANDBY_SIGNAL_MISSING', 'follower1');
    expect(found[0]?.message).toMatch(/its next start would make a second leader of it$/);
    expect(found[0]?.hint).toContain(
      '`install -o postgres -g postgres -m 600 /dev/null /var/lib/postgresql/15/main/standby.signal`',
    );
  });
});

describe('what stands against a copy side by side', () => {
  const because = (...texts: string[]) => {
    const facts = sampleFacts('follower1', { files: { isMount: true } });
    const leader = { facts: sampleFacts('leader'), server: sampleServer() };
    const target = followerTarget(sampleConfig(), 'follower1', facts, operation(), 'fresh');
    const found = followerFindings(leader, facts, target, {
      class: 'fresh',
      reasons: [],
      mode: { mode: 'side-by-side', because: texts },
    });
    return found.find(({ code }) => code === 'DATA_DIRECTORY_MOUNTED')?.detail;
  };

  it('says why in place is no way out, and not the same twice', () => {
    expect(because('in place is no way out: no room')).toBe('in place is no way out: no room.');
    expect(because('in place is no way out: its data directory is a mount point')).toBeUndefined();
    expect(because()).toBeUndefined();
  });
});
