import { describe, expect, it } from 'vitest';
import type { ReplicationSlotFacts, WalSenderFacts } from '../../../../planning/facts.js';
import { controlData, OTHER_SYSTEM } from '../sample-facts.js';
import { expectOnly, findingsOfPair, type PairCase } from './look.js';

const database = (name: string, provider: string, collate: string) => ({
  database: name,
  provider,
  collate,
  ctype: collate,
  version: null,
  actualVersion: null,
});

const english = { server: { databaseLocales: [database('orders', 'c', 'en_US.UTF-8')] } };
const LOCALES = ['C', 'C.utf8', 'POSIX', 'en_US.utf8'];
const icu = { server: { databaseLocales: [database('orders', 'i', 'C.UTF-8')] } };

const LIMITS = {
  max_connections: '200',
  max_worker_processes: '8',
  max_prepared_transactions: '5',
  max_locks_per_transaction: '64',
};

const sender = (change: Partial<WalSenderFacts> = {}): WalSenderFacts => ({
  pid: 77,
  applicationName: 'follower1',
  clientAddress: '10.0.0.2',
  state: 'streaming',
  replayLsn: null,
  replyAgeSeconds: 1,
  syncState: 'sync',
  ...change,
});

type Row = [Parameters<typeof expectOnly>[1], Parameters<typeof expectOnly>[2], PairCase, string[]];

const SHOWN: Row[] = [
  [
    'blocker',
    'ADDRESS_NOT_LEADERS',
    {
      leader: { host: { addresses: ['10.0.0.8'] } },
      follower: { host: { addresses: ['127.0.0.1', '10.0.0.1'] } },
    },
    ['10.0.0.1', 'not of leader'],
  ],
  [
    'blocker',
    'LOCALE_MISSING',
    { leader: english, follower: { host: { locales: ['C', 'en_US'] } } },
    ['en_US.UTF-8', 'orders'],
  ],
  [
    'warning',
    'COLLATION_DIFFERS',
    { leader: english, follower: { host: { locales: LOCALES, glibcVersion: '2.31' } } },
    ['glibc is 2.31 here and 2.36', 'orders'],
  ],
  [
    'warning',
    'COLLATION_DIFFERS',
    { leader: icu, follower: { server: { icuCollationVersion: '153.120' } } },
    ['153.120 here and 153.112'],
  ],
  [
    'blocker',
    'PRELOAD_LIBRARY_MISSING',
    { leader: { values: { shared_preload_libraries: 'pg_cron, $libdir/plpgsql' } } },
    ['does not have: pg_cron'],
  ],
  [
    'info',
    'PRELOAD_LIBRARIES_DIFFER',
    {
      leader: { values: { shared_preload_libraries: 'pg_cron,plpgsql' } },
      follower: {
        values: { shared_preload_libraries: 'plpgsql' },
        files: { libraries: ['pg_cron', 'plpgsql'] },
      },
    },
    ['loads: pg_cron'],
  ],
  [
    'warning',
    'EXTENSION_FILES_MISSING',
    { leader: { server: { extensionsInUse: ['plpgsql', 'postgis'] } } },
    ['postgis'],
  ],
  [
    'warning',
    'MINOR_VERSION_DIFFERS',
    { follower: { files: { minorOnDisk: '15.9' } } },
    ['15.9', '15.18', 'never be the older'],
  ],
  [
    'info',
    'MINOR_VERSION_DIFFERS',
    { follower: { files: { minorOnDisk: '15.20' } } },
    ['newer follower is fine'],
  ],
  ['blocker', 'HOT_STANDBY_OFF', { follower: { values: { hot_standby: 'off' } } }, []],
  [
    'info',
    'FOLLOWER_SETTINGS_LOWER',
    {
      leader: { values: LIMITS },
      follower: { values: { ...LIMITS, max_connections: '100', max_prepared_transactions: '0' } },
    },
    ['max_connections 100, the leader has 200, max_prepared_transactions 0, the leader has 5.'],
  ],
  [
    'blocker',
    'FOLLOWER_SYNCHRONOUS',
    { leader: { server: { standbys: [sender({ syncState: 'quorum' })] } } },
    ['(quorum)'],
  ],
  [
    'warning',
    'FORMER_SLOT_STAYS',
    {
      leader: {
        server: { slots: [slot('rb_follower1_0ddba1'), slot('rb_follower1_b_0ddba1'), slot('other')] },
      },
    },
    ['rb_follower1_0ddba1 on leader'],
  ],
];

/** Of the sample's own operation there is none yet. */
function slot(name: string): ReplicationSlotFacts {
  return {
    name,
    type: 'physical',
    active: false,
    activePid: null,
    walStatus: 'reserved',
    retainedBytes: 16e6,
  };
}

describe('a finding about a pair', () => {
  it.each(SHOWN)('%s %s', (severity, code, change, words) => {
    expectOnly(findingsOfPair(change), severity, code, ...words);
  });

  it.each(SHOWN)('%s %s is never made of a finished follower', (_, __, change) => {
    for (const name of ['healthy', 'copied'] as const)
      expect(findingsOfPair({ ...change, follower: { ...change.follower, class: name } })).toEqual([]);
  });

  it.each(SHOWN)('%s %s does not forbid the repair of one that has the data', (_, code, change) => {
    for (const name of ['down', 'repairable'] as const) {
      const found = findingsOfPair({ ...change, follower: { ...change.follower, class: name } });
      expect(found.map((one) => one.code)).toEqual([code]);
      expect(found[0]?.severity).not.toBe('blocker');
    }
  });

  it('looks at what a stopped server ran with last', () => {
    const found = findingsOfPair({
      leader: { values: LIMITS },
      follower: { stopped: true, class: 'empty', files: { controlData: controlData(OTHER_SYSTEM) } },
    });
    expectOnly(found, 'info', 'FOLLOWER_SETTINGS_LOWER', 'max_connections 100, the leader has 200');
  });

  it("compares with what the leader's settings become", () => {
    const found = findingsOfPair({
      leader: { values: { max_wal_senders: '2' } },
      follower: { values: { max_wal_senders: '4' } },
    });
    expectOnly(found, 'info', 'FOLLOWER_SETTINGS_LOWER', 'max_wal_senders 4, the leader has 10');
  });

  it('knows a synchronous follower by its slot, and not a copy of ours', () => {
    const slots = [
      { name: 'old', type: 'physical', active: true, activePid: 77, walStatus: 'reserved', retainedBytes: 0 },
    ];
    const bySlot = findingsOfPair({
      leader: { server: { slots, standbys: [sender({ clientAddress: '10.9.9.9' })] } },
      follower: {
        class: 'diverged',
        server: { walReceiver: { status: 'streaming', slot: 'old', timeline: 1 } },
      },
    });
    expectOnly(bySlot, 'blocker', 'FOLLOWER_SYNCHRONOUS');
    expect(
      findingsOfPair({ leader: { server: { standbys: [sender({ applicationName: 'rb-copy-a1b2c3d4' })] } } }),
    ).toEqual([]);
  });

  it.each<[string, PairCase]>([
    ['a pair that fits', {}],
    [
      'an address that both have, as a bridge of containers',
      {
        leader: { host: { addresses: ['10.0.0.1'] } },
        follower: { host: { addresses: ['10.0.0.1'] } },
      },
    ],
    ['locales that are not known', { leader: english, follower: { host: { locales: [] } } }],
    ['a locale in another spelling', { leader: english, follower: { host: { locales: LOCALES } } }],
    ['a glibc that no database sorts by', { follower: { host: { glibcVersion: '2.31' } } }],
    [
      'a glibc that is not known',
      { leader: english, follower: { host: { locales: LOCALES, glibcVersion: '' } } },
    ],
    [
      'C.UTF-8, which sorts by code point',
      {
        leader: {
          server: { databaseLocales: [database('a', 'c', 'C.UTF-8'), database('b', 'b', 'en_US.UTF-8')] },
        },
        follower: { host: { glibcVersion: '2.31', locales: LOCALES } },
      },
    ],
    ['ICU of another version that no database uses', { follower: { server: { icuCollationVersion: '1' } } }],
    ['ICU that is not known', { leader: icu, follower: { server: { icuCollationVersion: null } } }],
    [
      'libraries that are not known',
      {
        leader: { values: { shared_preload_libraries: 'pg_cron' } },
        follower: { files: { libraries: [] }, stopped: true, class: 'empty' },
      },
    ],
    ['a library with a path of its own', { leader: { values: { shared_preload_libraries: '/opt/x.so' } } }],
    [
      'extensions that are not known',
      { leader: { server: { extensionsInUse: ['postgis'] } }, follower: { files: { extensions: [] } } },
    ],
    ['a version that is not known', { follower: { files: { minorOnDisk: '' } } }],
    [
      'another major version, which has a finding of its own',
      { follower: { files: { minorOnDisk: '14.3' } } },
    ],
    [
      'higher settings',
      { leader: { values: LIMITS }, follower: { values: { ...LIMITS, max_connections: '300' } } },
    ],
    [
      'a standby that is asynchronous',
      { leader: { server: { standbys: [sender({ syncState: 'async' })] } } },
    ],
    [
      'a synchronous standby elsewhere',
      { leader: { server: { standbys: [sender({ clientAddress: '10.0.0.7' })] } } },
    ],
  ])('is not made of %s', (_, change) => {
    expect(findingsOfPair(change)).toEqual([]);
  });
});
