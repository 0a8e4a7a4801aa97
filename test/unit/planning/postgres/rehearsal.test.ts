import { describe, expect, it } from 'vitest';
import { rehearsalFault } from '../../../../planning/postgres/rehearsal.js';

describe("the words of a rehearsal's log", () => {
  it.each([
    ['FATAL:  could not access file "pg_cron": No such file or directory', 'a library is missing'],
    [
      'WARNING:  hot standby is not possible because of insufficient parameter settings\nDETAIL:  max_connections = 50 is a lower setting than on the primary server, where its value was 100.\nFATAL:  recovery aborted because of insufficient parameter settings',
      "a setting is lower than the leader's",
    ],
    [
      'WARNING:  hot standby is not possible because of insufficient parameter settings\nLOG:  recovery has paused',
      "a setting is lower than the leader's",
    ],
    [
      'FATAL:  hot standby is not possible because max_connections = 50 is a lower setting than on the master server (its value was 100)',
      "a setting is lower than the leader's",
    ],
    [
      'FATAL:  could not connect to the primary server: connection to server at "10.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "replication_follower1"',
      'the leader does not accept its password',
    ],
    [
      'FATAL:  could not connect to the primary server: connection to server at "10.0.0.1", port 5432 failed: FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.2"',
      "the leader's pg_hba.conf does not let it in",
    ],
    [
      'FATAL:  could not start WAL streaming: ERROR:  replication slot "rb_follower1_a1b2c3" does not exist',
      'its slot is not there any more',
    ],
    [
      'FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed',
      'the leader has removed WAL it needs',
    ],
    [
      'FATAL:  could not start WAL streaming: ERROR:  can no longer access replication slot "rb_follower1_a1b2c3"\nDETAIL:  This replication slot has been invalidated due to "wal_removed".',
      'the leader has removed WAL it needs',
    ],
    [
      'FATAL:  could not connect to the primary server: connection to server at "10.0.0.1", port 5432 failed: Connection refused',
      'it cannot connect to the leader',
    ],
    ['LOG:  redo starts at 0/2000028', 'its log says why, or what it was doing'],
  ])('%s', (log, fault) => {
    expect(rehearsalFault(log)).toBe(fault);
  });
});
