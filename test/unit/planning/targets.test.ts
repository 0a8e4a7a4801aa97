import { describe, expect, it } from 'vitest';
import { followerTarget, leaderTarget, locationOf } from '../../../planning/targets.js';
import { GB, operation, sampleConfig, sampleFacts, sampleServer, settings } from './sample-facts.js';

describe('locationOf', () => {
  it("is Debian's layout", () => {
    expect(locationOf(sampleFacts('leader', { version: '16' }))).toEqual({
      version: '16',
      cluster: 'main',
      dataDirectory: '/var/lib/postgresql/16/main',
      configDirectory: '/etc/postgresql/16/main',
      configFile: '/etc/postgresql/16/main/postgresql.conf',
      hbaFile: '/etc/postgresql/16/main/pg_hba.conf',
      binDirectory: '/usr/lib/postgresql/16/bin',
      socketDirectory: '/var/run/postgresql',
      port: 5432,
      osUser: 'postgres',
      service: 'systemd',
      unit: 'postgresql@16-main.service',
      includeDirectory: '/etc/postgresql/16/main/conf.d',
    });
  });

  it('takes an absolute include directory as it is, and none where there is none', () => {
    const facts = sampleFacts('leader', { files: { includeDirectory: '/srv/conf.d' } });
    expect(locationOf(facts).includeDirectory).toBe('/srv/conf.d');
    delete facts.files.includeDirectory;
    expect(locationOf(facts)).not.toHaveProperty('includeDirectory');
  });
});

describe('leaderTarget', () => {
  const target = (work: number, server = sampleServer(), change = {}) =>
    leaderTarget(sampleConfig(change), sampleFacts('leader', { server }), server, operation(), work);

  it('is who the leader was when it was looked at', () => {
    expect(target(1)).toMatchObject({
      name: 'leader',
      address: '10.0.0.1',
      identity: { machineId: 'leader'.padEnd(32, '0'), systemIdentifier: '7000000000000000001', timeline: 1 },
      postmasterStartTime: '2026-11-20T08:00:00.123456Z',
      settings: [],
      pendingEdits: [],
      tls: true,
    });
    expect(target(1, sampleServer(), { tls: 'off' }).tls).toBe(false);
  });

  it.each([
    [1, 1, '10', undefined],
    [1, 1, '2', '10'],
    [3, 1, '4', '10'], // two for the one copy at a time, three that stream
    [3, 2, '6', '10'],
    [9, 9, '12', '27'],
  ])('%d followers, %d copies at a time, %s senders: %s', (work, concurrency, senders, wanted) => {
    const server = sampleServer({ settings: settings({ max_wal_senders: senders }) });
    const { settings: changes } = target(work, server, { concurrency });
    expect(changes.find(({ name }) => name === 'max_wal_senders')?.to).toBe(wanted);
  });

  it('changes nothing where nobody needs work', () => {
    const server = sampleServer({ settings: settings({ wal_level: 'minimal', max_wal_senders: '0' }) });
    expect(target(0, server).settings).toEqual([]);
  });

  it('counts no setting of ours among the changes of others', () => {
    const server = sampleServer({
      pendingRestart: ['listen_addresses', 'shared_buffers'],
      settings: settings({ listen_addresses: 'localhost' }),
    });
    expect(target(1, server, { slotWalLimitBytes: GB })).toMatchObject({
      settings: [{ name: 'listen_addresses', to: 'localhost, 10.0.0.1' }],
      pendingEdits: ['shared_buffers'],
    });
  });
});

describe('followerTarget', () => {
  it('names everything after the operation', () => {
    const facts = sampleFacts('follower1');
    expect(followerTarget(sampleConfig(), 'follower1', facts, operation('0a1b2c3d'), 'fresh')).toMatchObject({
      name: 'follower1',
      host: 'follower1.internal',
      clientAddress: '10.0.0.2',
      role: 'replication_follower1',
      slotName: 'rb_follower1_0a1b2c',
      applicationName: 'follower1',
      passfile: '/var/lib/postgresql/.pg-runbook/orders-follower1.pgpass',
      incomingDirectory: '/var/lib/postgresql/15/main.incoming-0a1b2c3d',
      replacedDirectory: '/var/lib/postgresql/15/main.replaced-0a1b2c3d',
      hasOldDirectory: true,
      unknownPeers: [],
    });
  });

  it('takes the address of the configuration before that of the routing, and none where there is none', () => {
    const address = (name: string, sourceAddress: string | undefined): string =>
      followerTarget(sampleConfig(), name, sampleFacts(name, { sourceAddress }), operation(), 'fresh')
        .clientAddress;
    expect([address('follower2', '10.9.9.9'), address('follower1', undefined)]).toEqual(['10.0.0.3', '']);
  });

  it('has no old directory where none is, and no follower that is not configured', () => {
    const facts = sampleFacts('follower1', { files: { exists: false } });
    expect(followerTarget(sampleConfig(), 'follower1', facts, operation(), 'empty').hasOldDirectory).toBe(
      false,
    );
    expect(() => followerTarget(sampleConfig(), 'nobody', facts, operation(), 'empty')).toThrow(
      'no follower nobody',
    );
  });
});
