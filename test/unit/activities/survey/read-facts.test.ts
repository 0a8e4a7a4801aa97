import { describe, expect, it } from 'vitest';
import { chooseCluster } from '../../../../activities/survey/choose-cluster.js';
import { readFileFacts } from '../../../../activities/survey/read-file-facts.js';
import { readHostFacts } from '../../../../activities/survey/read-host-facts.js';
import { readRecord } from '../../../../activities/survey/read-record.js';
import { clockOffset } from '../../../../activities/survey/run-survey-script.js';
import type { ScriptResult } from '../../../../activities/run-script.js';
import type { HostFacts } from '../../../../planning/facts.js';
import { sampleFacts } from '../../planning/sample-facts.js';
import { problemOf } from '../../ssh/problem-of.js';

const result = (values: Record<string, string>, texts: Record<string, string> = {}): ScriptResult => ({
  values,
  texts,
  text: (key) => texts[key] ?? '',
});

describe('the offset of a clock', () => {
  it.each<[string, Parameters<typeof clockOffset>[0], number]>([
    ['equal clocks', { sent: 100, began: 100.1, ended: 100.4, received: 100.5 }, 0],
    ['a difference the round trip explains', { sent: 100, began: 100.9, ended: 101.2, received: 101.3 }, 0],
    ['a host that is ahead', { sent: 100, began: 110.1, ended: 110.4, received: 100.5 }, 9.9],
    ['a host that is behind', { sent: 100, began: 95.1, ended: 95.4, received: 100.5 }, -4.9],
    ['a slow sudo before the script', { sent: 100, began: 105, ended: 105.1, received: 105.2 }, 0],
    ['a host that tells no time', { sent: 100, began: Number.NaN, ended: Number.NaN, received: 101 }, 0],
  ])('of %s', (_, times, seconds) => {
    expect(clockOffset(times)).toBeCloseTo(seconds, 6);
  });
});

describe('facts of a host', () => {
  it('are read from what the script prints', () => {
    const facts = readHostFacts(
      'follower1',
      result(
        {
          machineId: 'ab12',
          hostname: 'f1',
          systemd: 'yes',
          missing: 'perl ip ',
          architecture: 'x86_64',
          glibc: 'glibc 2.36',
          memoryKb: '2048',
          sourceAddress: '10.0.0.2',
          upgrade: '15.19-0+deb12u1',
        },
        {
          locales: 'C\nen_US.utf8\n',
          clusterManagers: 'patroni.service enabled\n/etc/repmgr.conf\n',
          configManagement: '',
          clusters: '15\x1fmain\x1f/d\x1f/c\x1f/c/hba\x1fpostgres\x1f/b\x1fu.service\x1f5433\x1f/s\x1fauto\n',
        },
      ),
      -3,
    );
    expect(facts).toEqual({
      name: 'follower1',
      machineId: 'ab12',
      hostname: 'f1',
      systemd: true,
      seesProcesses: true,
      missingTools: ['perl', 'ip'],
      architecture: 'x86_64',
      clockOffsetSeconds: -3,
      locales: ['C', 'en_US.utf8'],
      glibcVersion: '2.36',
      memoryBytes: 2 * 1024 ** 2,
      otherClusters: [],
      clusterManagers: ['patroni.service enabled', '/etc/repmgr.conf'],
      configManagement: [],
      clusters: [
        {
          version: '15',
          cluster: 'main',
          dataDirectory: '/d',
          configDirectory: '/c',
          hbaFile: '/c/hba',
          binDirectory: '/b',
          unit: 'u.service',
          socketDirectory: '/s',
          port: 5433,
          osUser: 'postgres',
          start: 'auto',
        },
      ],
      sourceAddress: '10.0.0.2',
      pendingPostgresUpgrade: '15.19-0+deb12u1',
    });
  });

  it('are absent or empty where the script could not tell', () => {
    expect(readHostFacts('f', result({}), 0)).toEqual({
      name: 'f',
      machineId: '',
      hostname: '',
      systemd: false,
      seesProcesses: true,
      missingTools: [],
      architecture: '',
      clockOffsetSeconds: 0,
      locales: [],
      glibcVersion: '',
      memoryBytes: 0,
      otherClusters: [],
      clusterManagers: [],
      configManagement: [],
    });
  });
});

describe('facts of the files', () => {
  const { listing } = sampleFacts('follower1');
  it.each([
    [' 100  200 30 40', { freeBytes: 100, fileSystemBytes: 200, freeInodes: 30, fileSystemInodes: 40 }],
    // btrfs makes inodes as it needs them.
    ['100 200 - -', { freeInodes: 0, fileSystemInodes: 0 }],
    ['100 200 0 0', { freeInodes: 0, fileSystemInodes: 0 }],
    ['', { freeBytes: 0, freeInodes: 0 }],
  ])('room %j', (room, expected) => {
    expect(readFileFacts(result({ room }), listing)).toMatchObject(expected);
  });

  it('sizes, names and settings', () => {
    const facts = readFileFacts(
      result(
        { tree: '4096 7' },
        {
          libraries: 'pg_cron\nplpgsql\n',
          extensions: 'postgis\n',
          recoveryLines: `${listing.configDirectory}/postgresql.conf\t12\trestore_command = 'cp x'\n`,
        },
      ),
      listing,
    );
    expect(facts).toMatchObject({
      sizeBytes: 4096,
      fileCount: 7,
      libraries: ['pg_cron', 'plpgsql'],
      extensions: ['postgis'],
      recoverySettings: [
        {
          name: 'restore_command',
          value: 'cp x',
          file: `${listing.configDirectory}/postgresql.conf`,
          line: 12,
        },
      ],
    });
    expect(readFileFacts(result({ tree: '' }), listing)).toMatchObject({ sizeBytes: 0, fileCount: 0 });
  });

  it('open records, with what is said of their jobs', () => {
    const { records } = readFileFacts(
      result(
        { 'job.a1b2c3d4': '/var/lib/pg-runbook/jobs/a1b2c3d4/1' },
        { 'record.a1b2c3d4': 'op=a1b2c3d4\nrequester=a=b\nbroken\n', 'record.00000000': '', recordx: 'x' },
      ),
      listing,
    );
    expect(records).toEqual([
      { op: 'a1b2c3d4', values: { op: 'a1b2c3d4', requester: 'a=b' }, hasJob: true },
      { op: '00000000', values: {}, hasJob: false },
    ]);
    expect(readRecord('x=\n')).toEqual({ x: '' });
  });
});

describe('the cluster that is meant', () => {
  const { host, listing } = sampleFacts('follower1');
  const config = (postgres?: { version?: string; cluster?: string }) => ({
    name: 'follower1',
    host: 'f',
    sshPort: 22,
    ...(postgres === undefined ? {} : { postgres }),
  });
  const second = { ...listing, cluster: 'second' };
  const newer = { ...listing, version: '19' };

  it.each([
    ['the only one', [listing], undefined, listing],
    ['a pinned one', [listing, second], { cluster: 'second' }, second],
    ['one of a pinned version', [listing, newer], { version: '15' }, listing],
  ])('is %s', (_, clusters, pin, expected) => {
    expect(chooseCluster({ ...host, clusters }, config(pin))).toBe(expected);
  });

  it.each<[string, Partial<HostFacts>, { version?: string; cluster?: string } | undefined]>([
    ['UNSUPPORTED_LAYOUT', { machineId: '', clusters: [listing] }, undefined],
    ['PROCESSES_HIDDEN', { seesProcesses: false, clusters: [listing] }, undefined],
    ['UNSUPPORTED_LAYOUT', {}, undefined],
    ['HOST_TOOLS_MISSING', { missingTools: ['perl'], clusters: [listing] }, undefined],
    ['NO_CLUSTER', { clusters: [] }, undefined],
    ['CLUSTER_NOT_FOUND', { clusters: [listing] }, { cluster: 'second' }],
    ['CLUSTER_AMBIGUOUS', { clusters: [listing, second] }, undefined],
    ['CLUSTER_AMBIGUOUS', { clusters: [listing, second] }, { version: '15' }],
    ['UNSUPPORTED_VERSION', { clusters: [newer] }, undefined],
  ])('is refused as %s', async (code, change, pin) => {
    const problem = await problemOf(
      Promise.resolve().then(() => chooseCluster({ ...host, ...change }, config(pin))),
    );
    expect(problem).toMatchObject({ code, host: 'follower1' });
  });
});
