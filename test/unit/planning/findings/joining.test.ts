import { describe, expect, it } from 'vitest';
import type { WalSenderFacts } from '../../../../planning/facts.js';
import { withRunbookBlock } from '../../../../planning/postgres/hba.js';
import { expectOnly, findingsOfJoining } from './look.js';

const hba = (...lines: string[]) => ({
  leader: { files: { hbaText: ['local all all peer', ...lines, ''].join('\n') } },
});

const standby = (syncState: string): WalSenderFacts => ({
  pid: 1,
  applicationName: 'other',
  clientAddress: '10.0.0.9',
  state: 'streaming',
  replayLsn: null,
  replyAgeSeconds: 1,
  syncState,
});

const sync = (names: string, syncState = 'sync') => ({
  leader: { values: { synchronous_standby_names: names }, server: { standbys: [standby(syncState)] } },
});

describe('a rule above ours', () => {
  it('is named with its line and what it says, never with its options', () => {
    const found = findingsOfJoining(
      hba(
        'host all all 0.0.0.0/0 scram-sha-256',
        'host replication all 10.0.0.0/8 ldap ldapbindpasswd=secret',
      ),
    );
    expectOnly(found, 'info', 'HBA_RULE_ABOVE', 'line 3 (ldap) decides about follower1 now');
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('is told once for all followers it decides about', () => {
    const found = findingsOfJoining({ ...hba('host replication all all reject'), others: ['follower2'] });
    expectOnly(found, 'info', 'HBA_RULE_ABOVE', 'line 2 (reject) decides about follower1, follower2 now');
  });

  it('may be one that only the server can read', () => {
    expectOnly(
      findingsOfJoining(hba('host replication all db.example.org reject')),
      'info',
      'HBA_RULE_ABOVE',
      'only the server',
    );
  });

  it.each<[string, ReturnType<typeof hba>]>([
    ['no rule matches', hba('host all all 0.0.0.0/0 scram-sha-256')],
    ['the rule is for others', hba('host replication all 10.1.0.0/16 reject')],
    ['the rule is without TLS', hba('hostnossl replication all all reject')],
    [
      'our own line wins',
      {
        leader: {
          files: {
            hbaText: withRunbookBlock('host replication all all reject\n', [
              {
                type: 'hostssl',
                role: 'replication_follower1',
                address: '10.0.0.2',
                method: 'scram-sha-256',
                key: 'follower1',
              },
            ]),
          },
        },
      },
    ],
  ])('is not found where %s', (_, change) => {
    expect(findingsOfJoining(change)).toEqual([]);
  });

  it('is not asked for where an address is not known', () => {
    const found = findingsOfJoining({
      ...hba('host replication all all reject'),
      follower: { sourceAddress: undefined },
    });
    expect(found).toEqual([]);
  });
});

describe('synchronous_standby_names', () => {
  it('warns of a follower that would become synchronous', () => {
    expectOnly(
      findingsOfJoining(sync('FIRST 1 (other, "Follower1")')),
      'warning',
      'SYNC_STANDBY_NAMES',
      'wait for follower1',
      'From its start',
    );
  });

  it('refuses where * may make the copy the one that commits wait for', () => {
    for (const names of ['*', 'FIRST 1 (*)', 'nobody, *'])
      expectOnly(
        findingsOfJoining({ ...sync(names), others: ['follower2'] }),
        'blocker',
        'SYNC_STANDBY_NAMES',
        'wait for the copy of follower1, follower2',
        'commits would hang',
      );
  });

  it.each([
    ['a quorum, which the slow one does not hold up', sync('ANY 1 (*)', 'quorum')],
    ['a standby that comes before *', sync('other, *')],
  ])('warns of the follower alone beside %s', (_, change) => {
    const found = findingsOfJoining({ ...change, others: ['follower2'] });
    expectOnly(found, 'warning', 'SYNC_STANDBY_NAMES', 'wait for follower1, follower2', 'From its start');
  });

  it('refuses nothing where commits wait already: it becomes no worse', () => {
    const found = findingsOfJoining({ leader: { values: { synchronous_standby_names: '*' } } });
    expect(found.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'warning leader: no synchronous standby is connected, so commits on it wait',
      'warning leader: commits on it may come to wait for follower1',
    ]);
  });

  it('does not count a copy of its own that is under way', () => {
    const [first] = findingsOfJoining({
      leader: {
        values: { synchronous_standby_names: '*' },
        server: { standbys: [{ ...standby('sync'), applicationName: 'rb-copy-a1b2c3d4' }] },
      },
    });
    expect(first).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('no synchronous') as string,
    });
  });

  it('warns where nobody serves it', () => {
    expectOnly(
      findingsOfJoining(sync('other', 'potential')),
      'warning',
      'SYNC_STANDBY_NAMES',
      'no synchronous standby is connected',
    );
    expectOnly(
      findingsOfJoining(sync('2 (other, another)')),
      'warning',
      'SYNC_STANDBY_NAMES',
      'only 1 of 2 synchronous standbys are connected',
    );
  });

  it.each(['', ' ', 'other', '1 (a, b)'])('says nothing of %j', (names) => {
    expect(findingsOfJoining(sync(names))).toEqual([]);
  });
});
