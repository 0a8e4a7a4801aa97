import { describe, expect, it } from 'vitest';
import { parseControlData } from '../../../../planning/postgres/control-data.js';

// pg_controldata of PostgreSQL 15 in LC_ALL=C, shortened by lines nobody reads.
const OUTPUT = `pg_control version number:            1300
Catalog version number:               202209061
Database system identifier:           7711844593431006107
Database cluster state:               in archive recovery
pg_control last modified:             Tue Nov 24 20:55:40 2026
Latest checkpoint location:           0/1500718
Latest checkpoint's REDO location:    0/15006E0
Latest checkpoint's REDO WAL file:    000000010000000000000001
Latest checkpoint's TimeLineID:       1
Latest checkpoint's PrevTimeLineID:   1
Latest checkpoint's oldestCommitTsXid:0
Time of latest checkpoint:            Tue Nov 24 20:55:40 2026
Minimum recovery ending location:     0/3000100
Min recovery ending loc's timeline:   2
Backup start location:                0/0
Backup end location:                  0/0
wal_level setting:                    replica
wal_log_hints setting:                off
max_connections setting:              100
max_worker_processes setting:         8
max_wal_senders setting:              10
max_prepared_xacts setting:           3
max_locks_per_xact setting:           64
Maximum data alignment:               8
Database block size:                  8192
WAL block size:                       8192
Bytes per WAL segment:                16777216
Data page checksum version:           1
`;

describe('parseControlData', () => {
  it('reads what matters', () => {
    expect(parseControlData(OUTPUT)).toEqual({
      systemIdentifier: '7711844593431006107',
      state: 'in archive recovery',
      catalogVersion: '202209061',
      timeline: 1,
      checkpointLsn: '0/1500718',
      redoLsn: '0/15006E0',
      minRecoveryLsn: '0/3000100',
      minRecoveryTimeline: 2,
      backupStartLsn: '0/0',
      walLevel: 'replica',
      blockSize: 8192,
      walBlockSize: 8192,
      walSegmentBytes: 16_777_216,
      maximumAlignment: 8,
      dataChecksums: true,
      limits: {
        max_connections: 100,
        max_worker_processes: 8,
        max_wal_senders: 10,
        max_prepared_transactions: 3,
        max_locks_per_transaction: 64,
      },
    });
  });

  // Lines come and go between versions; the ones that are read are in all of them.
  it.each([
    [13, '1300', '202007201', 'Date/time type storage:               64-bit integers\n', '0', false],
    [17, '1700', '202406281', 'Float8 argument passing:              by value\n', '1', true],
    [18, '1800', '202506291', 'Default char data signedness:         signed\n', '1', true],
  ])('reads that of PostgreSQL %i', (_, version, catalog, more, checksums, dataChecksums) => {
    const output = OUTPUT.replace('1300', version)
      .replace('202209061', catalog)
      .replace(
        'Data page checksum version:           1\n',
        `${more}Data page checksum version:           ${checksums}\n`,
      );
    expect(parseControlData(output)).toEqual({
      ...parseControlData(OUTPUT),
      catalogVersion: catalog,
      dataChecksums,
    });
  });

  it.each([
    ['nothing', ''],
    ['an error', 'pg_controldata: error: could not open file "global/pg_control"\n'],
    ['half of it', OUTPUT.slice(0, OUTPUT.length / 2)],
    ['a warning', `WARNING: Calculated CRC checksum does not match value stored in file.\n${OUTPUT}`],
    ['another language', OUTPUT.replace('Database cluster state', 'Datenbank-Cluster-Status')],
    ['a number that is none', OUTPUT.replace('16777216', 'many')],
  ])('does not rely on %s', (_, output) => {
    expect(parseControlData(output)).toBeUndefined();
  });
});
