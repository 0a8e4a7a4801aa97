import { describe, expect, it } from 'vitest';
import { isSettingReached, wantedLeaderSettings } from '../../../../planning/postgres/leader-settings.js';
import type { CurrentSettings, LeaderNeeds } from '../../../../planning/postgres/leader-settings.js';
import { raisedStandbySettings } from '../../../../planning/postgres/standby-settings.js';

const needs: LeaderNeeds = {
  address: '10.0.0.1',
  walSendersInUse: 0,
  freeSendersNeeded: 3,
  slotsInUse: 0,
  freeSlotsNeeded: 1,
};

function current(changes: Record<string, string> = {}): CurrentSettings {
  const settings = {
    wal_level: 'replica',
    max_wal_senders: '10',
    max_replication_slots: '10',
    listen_addresses: '*',
    max_slot_wal_keep_size: '-1',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [
      name,
      {
        setting,
        context: name === 'max_slot_wal_keep_size' ? 'sighup' : 'postmaster',
        pendingRestart: false,
      },
    ]),
  );
}

describe('wantedLeaderSettings', () => {
  it('leaves a leader alone that has all', () => {
    expect(wantedLeaderSettings(current(), needs)).toEqual([]);
  });

  it('changes what a minimal leader lacks, and says what needs a restart', () => {
    const minimal = current({
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_replication_slots: '0',
      listen_addresses: 'localhost',
    });
    expect(wantedLeaderSettings(minimal, { ...needs, slotWalLimitBytes: 20 * 1024 ** 3 })).toEqual([
      { name: 'wal_level', from: 'minimal', to: 'replica', restart: true },
      { name: 'max_wal_senders', from: '0', to: '10', restart: true },
      { name: 'max_replication_slots', from: '0', to: '10', restart: true },
      { name: 'listen_addresses', from: 'localhost', to: 'localhost, 10.0.0.1', restart: true },
      { name: 'max_slot_wal_keep_size', from: '-1', to: '20480MB', restart: false },
    ]);
  });

  it('counts what is in use, and never lowers', () => {
    const busy = { ...needs, walSendersInUse: 9, slotsInUse: 10 };
    expect(wantedLeaderSettings(current(), busy).map(({ name, to }) => [name, to])).toEqual([
      ['max_wal_senders', '12'],
      ['max_replication_slots', '11'],
    ]);
    const rich = current({ wal_level: 'logical', max_wal_senders: '50', max_slot_wal_keep_size: '100' });
    expect(wantedLeaderSettings(rich, { ...needs, slotWalLimitBytes: 1024 ** 2 })).toEqual([]);
  });

  it.each([
    ['*', '10.0.0.1', undefined],
    ['0.0.0.0', '10.0.0.1', undefined],
    ['localhost,10.0.0.1', '10.0.0.1', undefined],
    ['localhost, 10.0.0.11', '10.0.0.1', 'localhost, 10.0.0.11, 10.0.0.1'],
    ['::', '10.0.0.1', '::, 10.0.0.1'],
    ['::', 'fd00::1', undefined],
    ['0.0.0.0', 'fd00::1', '0.0.0.0, fd00::1'],
    ['FD00:0::1', 'fd00::1', undefined],
    ['', '10.0.0.1', '10.0.0.1'],
    [' ', '10.0.0.1', '10.0.0.1'],
    ['localhost', 'leader.internal', 'localhost, leader.internal'],
    ['localhost, Leader.internal', 'leader.internal', undefined],
    ['::', 'leader.internal', undefined],
  ])('listen_addresses %j for %s', (listen_addresses, address, to) => {
    const changes = wantedLeaderSettings(current({ listen_addresses }), { ...needs, address });
    expect(changes.map((change) => change.to)).toEqual(to === undefined ? [] : [to]);
  });

  it('rounds the bound of a slot up to a megabyte, never to 0 or to no bound', () => {
    const to = (slotWalLimitBytes: number): string | undefined =>
      wantedLeaderSettings(current(), { ...needs, slotWalLimitBytes })[0]?.to;
    expect([to(1), to(1024 ** 2), to(1024 ** 2 + 1)]).toEqual(['1MB', '1MB', '2MB']);
  });

  it('is reached when the running server says so', () => {
    const [change] = wantedLeaderSettings(current(), { ...needs, slotWalLimitBytes: 1024 ** 3 });
    if (change === undefined) throw new Error('a change is expected');
    expect([isSettingReached(change, '1024'), isSettingReached(change, '-1')]).toEqual([true, false]);
    const senders = { name: 'max_wal_senders', from: '0', to: '10', restart: true };
    expect([isSettingReached(senders, '10'), isSettingReached(senders, '0')]).toEqual([true, false]);
  });

  it('does not guess a setting it was not given', () => {
    expect(() => wantedLeaderSettings({}, needs)).toThrow('pg_settings has no wal_level');
  });
});

describe('raisedStandbySettings', () => {
  const leader = {
    max_connections: 200,
    max_worker_processes: '8',
    max_wal_senders: 10,
    max_prepared_transactions: 0,
    max_locks_per_transaction: 64,
  };

  it('raises what is lower and only that', () => {
    expect(raisedStandbySettings(leader, { ...leader, max_connections: '100', max_wal_senders: 20 })).toEqual(
      {
        max_connections: '200',
      },
    );
    expect(raisedStandbySettings(leader, leader)).toEqual({});
  });

  it('does not take an empty answer for 0', () => {
    expect(() => raisedStandbySettings(leader, { ...leader, max_connections: '' })).toThrow(
      'max_connections',
    );
  });
});
