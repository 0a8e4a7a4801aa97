import { describe, expect, it } from 'vitest';
import type { ReplicationSlotFacts } from '../../../../planning/facts.js';
import { GB, MB } from '../sample-facts.js';
import { expectOnly, findingsOfLeader, type LeaderCase } from './look.js';

const slot = (name: string, change: Partial<ReplicationSlotFacts> = {}): ReplicationSlotFacts => ({
  name,
  type: 'physical',
  active: false,
  activePid: null,
  walStatus: 'reserved',
  retainedBytes: 0,
  ...change,
});

const archiver = {
  failedCount: 7,
  lastFailedWal: '00000001000000000000002A',
  lastFailedAt: '2026-11-24T10:00:00.000000Z',
  lastArchivedAt: '2026-11-24T09:00:00.000000Z',
};

const locale = (version: string | null, actualVersion: string | null) => ({
  database: 'orders',
  provider: 'c',
  collate: 'en_US.UTF-8',
  ctype: 'en_US.UTF-8',
  version,
  actualVersion,
});

const RESTART = { listen_addresses: 'localhost' };

describe('a finding about the leader', () => {
  it.each<[Parameters<typeof expectOnly>[1], Parameters<typeof expectOnly>[2], LeaderCase, string[]]>([
    [
      'warning',
      'ADDRESS_NOT_LEADERS',
      { host: { addresses: ['127.0.0.1', 'fe80::1', '10.0.0.9'] } },
      ['10.0.0.1', 'Its addresses: 10.0.0.9.'],
    ],
    [
      'blocker',
      'ALTER_SYSTEM_FORBIDDEN',
      { values: { ...RESTART, allow_alter_system: 'off' }, files: { includeDirectory: undefined } as never },
      ['listen_addresses'],
    ],
    [
      'warning',
      'RELOAD_BRINGS_EDITS',
      { server: { editedFiles: ['/etc/postgresql/15/main/pg_hba.conf'] } },
      ['pg_hba.conf'],
    ],
    [
      'blocker',
      'RESTART_NOT_SAFE',
      { values: RESTART, files: { minorOnDisk: '15.19' } },
      ['15.19', '15.18 runs'],
    ],
    [
      'warning',
      'COLLATION_VERSION_MISMATCH',
      { server: { databaseLocales: [locale('2.31', '2.36')] } },
      ['orders: made with 2.31, now 2.36'],
    ],
    ['info', 'PREPARED_TRANSACTIONS', { server: { preparedTransactions: 3 } }, ['open: 3']],
    [
      'blocker',
      'WAL_SENDERS_EXHAUSTED',
      { server: { walSenders: 8 }, target: { settings: [] } },
      ['3 more', '2 are free', 'max_wal_senders is 10, 8 are in use'],
    ],
    [
      'blocker',
      'SLOTS_EXHAUSTED',
      {
        server: { slots: Array.from({ length: 10 }, (_, index) => slot(`s${String(index)}`)) },
        target: { settings: [] },
      },
      ['1 more', '0 are free'],
    ],
    ['warning', 'LEADER_ROOM_TIGHT', { files: { freeBytes: 10 * GB } }, ['may retain 20 GB', '10 GB free']],
    [
      'warning',
      'LEADER_ROOM_TIGHT',
      {
        config: { slotWalLimitBytes: 30 * GB },
        values: { max_slot_wal_keep_size: '-1' },
        files: { freeBytes: 25 * GB },
      },
      ['may retain 30 GB'],
    ],
    [
      'warning',
      'SLOTS_HOLD_WAL',
      {
        server: {
          slots: [
            slot('gone', { walStatus: 'lost' }),
            slot('forgotten', { walStatus: 'extended', retainedBytes: 20 * GB }),
            slot('late', { walStatus: 'unreserved', active: true, retainedBytes: 30 * MB }),
            slot('fine', { retainedBytes: MB }),
          ],
        },
      },
      [
        'lost theirs: 3',
        'gone has lost its WAL; forgotten is inactive and retains 20 GB; late is active and retains 30 MB, which it is about to lose',
      ],
    ],
    [
      'warning',
      'SLOT_BOUND_TIGHT',
      { config: { maxRateBytesPerSecond: MB }, server: { walBytesPerSecond: 3 * MB } },
      ['writes about 30 GB', 'no more than 20 GB', '3072 kB/s on average, for 2 h 51 m'],
    ],
    ['warning', 'SLOT_IDLE_TIMEOUT', { values: { idle_replication_slot_timeout: '3600' } }, ['3600 s']],
    ['info', 'SYNCHRONIZED_STANDBY_SLOTS', { values: { synchronized_standby_slots: 'a, b' } }, ['(a, b)']],
    [
      'warning',
      'ARCHIVER_FAILING',
      { values: { archive_mode: 'on', archive_command: 'cp %p /a/%f' }, server: { archiver } },
      ['since 2026-11-24T10:00', '7 failures', '2A'],
    ],
    [
      'warning',
      'ARCHIVER_FAILING',
      { values: { archive_command: 'false' }, server: { archiver: { ...archiver, lastArchivedAt: null } } },
      ['7 failures'],
    ],
    [
      'warning',
      'ARCHIVER_FAILING',
      {
        values: { archive_mode: 'on', archive_command: '', archive_library: '' },
        server: { archiver: { ...archiver, lastFailedAt: null } },
      },
      ['neither'],
    ],
  ])('%s %s', (severity, code, change, words) => {
    expectOnly(findingsOfLeader(change), severity, code, ...words);
    // With nothing to do it keeps nobody from anything.
    expect(findingsOfLeader({ ...change, work: 0 }).map((found) => found.severity)).not.toContain('blocker');
  });

  it.each<[string, LeaderCase]>([
    ['an address of the host, however it is written', { host: { addresses: ['10.0.0.1'] } }],
    ['addresses that are not known', { host: { addresses: [] } }],
    [
      'ALTER SYSTEM forbidden, with a directory for our file',
      { values: { ...RESTART, allow_alter_system: 'off' } },
    ],
    ['ALTER SYSTEM forbidden, and nothing to set', { values: { allow_alter_system: 'off' } }],
    ['an upgrade on disk, and no restart', { files: { minorOnDisk: '15.19' } }],
    ['a restart of the same minor version', { values: RESTART }],
    [
      'collations that are not versioned',
      { server: { databaseLocales: [locale(null, '2.36'), locale('1', null)] } },
    ],
    ['collations of the same version', { server: { databaseLocales: [locale('2.36', '2.36')] } }],
    [
      'senders that a restart of ours raises',
      { values: { max_wal_senders: '2' }, server: { walSenders: 2 } },
    ],
    ['slots that a restart of ours raises', { values: { max_replication_slots: '0' } }],
    ['just enough senders', { server: { walSenders: 7 } }],
    [
      'a bound that lasts as long as the copy',
      { config: { maxRateBytesPerSecond: MB }, server: { walBytesPerSecond: 2 * MB } },
    ],
    [
      'a rate of WAL, and no bound by choice',
      {
        config: { acceptUnboundedSlot: true },
        values: { max_slot_wal_keep_size: '-1' },
        server: { walBytesPerSecond: 1e9 },
      },
    ],
    ['a bound that just fits', { files: { freeBytes: 20 * GB } }],
    ['pg_wal elsewhere', { files: { freeBytes: GB, mountsBelow: ['/data/pg_wal'] } }],
    [
      'no bound, by choice',
      {
        config: { acceptUnboundedSlot: true },
        values: { max_slot_wal_keep_size: '-1' },
        files: { freeBytes: MB },
      },
    ],
    [
      'a slot that catches up, and one that is away for a moment',
      {
        server: {
          slots: [slot('a', { active: true, walStatus: 'extended', retainedBytes: 2 * GB }), slot('b')],
        },
      },
    ],
    ['no timeout for idle slots', { values: { idle_replication_slot_timeout: '0' } }],
    ['no slots to wait for', { values: { synchronized_standby_slots: '' } }],
    [
      'an archiver that failed and recovered',
      {
        values: { archive_mode: 'on', archive_command: 'x' },
        server: { archiver: { ...archiver, lastArchivedAt: '2026-11-24T11:00:00.000000Z' } },
      },
    ],
    [
      'an archiver that never failed',
      {
        values: { archive_mode: 'on', archive_library: 'basic_archive' },
        server: { archiver: { ...archiver, lastFailedAt: null } },
      },
    ],
  ])('is not made of %s', (_, change) => {
    expect(findingsOfLeader(change)).toEqual([]);
  });

  it('names ten of many, and how many more', () => {
    const slots = Array.from({ length: 47 }, (_, index) => slot(`s${String(index)}`, { walStatus: 'lost' }));
    const found = findingsOfLeader({ values: { max_replication_slots: '100' }, server: { slots } });
    expectOnly(found, 'warning', 'SLOTS_HOLD_WAL', 'theirs: 47', 's9 has lost its WAL; … and 37 more');
  });
});
