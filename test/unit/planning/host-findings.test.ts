import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../planning/facts.js';
import { followerTwice } from '../../../planning/findings/follower-twice.js';
import { hostFindings } from '../../../planning/findings/host-findings.js';
import { unusableLeader } from '../../../planning/findings/unusable-leader.js';
import { leaderTarget } from '../../../planning/targets.js';
import type { Finding } from '../../../workflows/contract/plan.js';
import { operation, sampleConfig, sampleFacts, sampleServer, settings } from './sample-facts.js';

const look = (host: Partial<HostFacts>): Finding[] => hostFindings(sampleFacts('follower1', { host }));
const told = (found: Finding[]): string[] => found.map(({ severity, code }) => `${severity} ${code}`);

describe('on a host', () => {
  it.each<[string, Partial<HostFacts>, string[]]>([
    ['nothing special', {}, []],
    ['a clock off by 2 s', { clockOffsetSeconds: 2 }, []],
    ['a clock that is ahead', { clockOffsetSeconds: 2.01 }, ['warning CLOCK_OFF']],
    ['a clock that is behind', { clockOffsetSeconds: -3600 }, ['warning CLOCK_OFF']],
    [
      'Patroni, enabled',
      { clusterManagers: ['patroni@15-main.service enabled'] },
      ['blocker CLUSTER_MANAGED'],
    ],
    ['repmgrd, active', { clusterManagers: ['repmgrd.service active'] }, ['blocker CLUSTER_MANAGED']],
    [
      'a configuration alone',
      { clusterManagers: ['/etc/patroni/x.yml'] },
      ['warning CLUSTER_MANAGER_CONFIGURED'],
    ],
    [
      'a manager and its configuration',
      { clusterManagers: ['/etc/patroni/x.yml', 'patroni.service active'] },
      ['blocker CLUSTER_MANAGED'],
    ],
    ['keepalived', { clusterManagers: ['keepalived.service active'] }, ['warning ADDRESS_MOVES']],
    [
      'Pacemaker beside a mover of addresses',
      { clusterManagers: ['vip-manager.service enabled', 'pacemaker.service active'] },
      ['blocker CLUSTER_MANAGED', 'warning ADDRESS_MOVES'],
    ],
    ['puppet', { configManagement: ['puppet.service enabled'] }, ['warning CONFIG_MANAGED']],
    ['an upgrade', { pendingPostgresUpgrade: '15.19-0+deb12u1' }, ['warning UPGRADE_PENDING']],
    ['other clusters', { otherClusters: ['13/old', '15/second'] }, ['info OTHER_CLUSTERS']],
  ])('with %s', (_, host, expected) => {
    const found = look(host);
    expect(told(found)).toEqual(expected);
    for (const { host: name, message, hint } of found) {
      expect(name).toBe('follower1');
      expect(message).toMatch(/^follower1: .*[^.\s]$/);
      expect(hint).toMatch(/\S.*\.$/s);
    }
  });

  it.each<[Partial<HostFacts>, string]>([
    [{ clockOffsetSeconds: 61.26 }, "its clock is 61.3 s ahead of the worker's"],
    [{ clockOffsetSeconds: -5 }, "its clock is 5.0 s behind the worker's"],
    [
      { clusterManagers: ['patroni.service enabled', 'patroni.service active'] },
      'a cluster manager is in charge of it: patroni.service enabled, patroni.service active',
    ],
    [
      { otherClusters: ['13/old', '15/second'] },
      'it has other clusters, which are left alone: 13/old, 15/second',
    ],
    [
      { pendingPostgresUpgrade: '15.19-0+deb12u1' },
      'unattended-upgrades will bring PostgreSQL 15 from 15.18 to package version 15.19-0+deb12u1, and restart it',
    ],
  ])('%j', (host, message) => {
    expect(look(host)[0]?.message).toBe(`follower1: ${message}`);
  });

  it('tells of an upgrade what it means for a restart of ours, where there is one', () => {
    const upgrade = (listening: string): string | undefined => {
      const server = sampleServer({ settings: settings({ listen_addresses: listening }) });
      const facts = sampleFacts('leader', { server, host: { pendingPostgresUpgrade: '15.19' } });
      const target = leaderTarget(sampleConfig(), facts, server, operation(), 1);
      return hostFindings(facts, target)[0]?.detail;
    };
    expect(upgrade('*')).toBeUndefined();
    expect(upgrade('localhost')).toMatch(/restart brings up the new version/);
  });
});

describe('start.conf', () => {
  const onLeader = (start: string, listening: string): string[] => {
    const server = sampleServer({ settings: settings({ listen_addresses: listening }) });
    const facts = sampleFacts('leader', { server, start });
    return told(hostFindings(facts, leaderTarget(sampleConfig(), facts, server, operation(), 1)));
  };
  const onFollower = (start: string): string[] => told(hostFindings(sampleFacts('follower1', { start })));

  it.each<[string, string[], string[]]>([
    ['auto', [], []],
    ['manual', ['warning AUTOSTART_OFF'], []],
    ['disabled', ['blocker AUTOSTART_OFF'], ['blocker AUTOSTART_OFF']],
  ])('%s', (start, follower, restarted) => {
    expect(onFollower(start)).toEqual(follower);
    expect(onLeader(start, 'localhost')).toEqual(restarted);
    // A leader that nobody restarts may have whatever it has.
    expect(onLeader(start, '*')).toEqual([]);
  });
});

describe('one cluster under two names', () => {
  const named = (name: string, machineId: string, realPath = '/var/lib/postgresql/15/main') =>
    sampleFacts(name, { machineId, files: { realPath } });

  it.each<[string, ReturnType<typeof named>[], string[]]>([
    ['two machines', [named('a', '1'), named('b', '2')], []],
    ['two clusters of one machine', [named('a', '1'), named('b', '1', '/srv/second')], []],
    ['one cluster', [named('a', '1'), named('b', '1')], ['b: it is the same cluster as a']],
    [
      'one cluster three times',
      [named('a', '1'), named('b', '1'), named('c', '1')],
      ['b: it is the same cluster as a', 'c: it is the same cluster as a'],
    ],
  ])('%s', (_, followers, messages) => {
    const found = followerTwice(followers);
    expect(found.map(({ message }) => message)).toEqual(messages);
    expect(new Set(told(found))).toEqual(new Set(messages.length > 0 ? ['blocker FOLLOWER_TWICE'] : []));
  });
});

describe('a leader', () => {
  it.each<[Parameters<typeof sampleFacts>[1], string | undefined]>([
    [{ server: sampleServer() }, undefined],
    [{}, 'LEADER_DOWN'],
    [{ server: sampleServer({ inRecovery: true }) }, 'LEADER_IN_RECOVERY'],
  ])('%#', (change, code) => {
    const found = unusableLeader('leader', sampleFacts('leader', change));
    expect(found?.code).toBe(code);
    if (found !== undefined) expect(found).toMatchObject({ severity: 'blocker', host: 'leader' });
  });
});
