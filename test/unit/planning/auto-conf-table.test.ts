import { expect, it } from 'vitest';
import { autoConfTable } from '../../../planning/auto-conf-table.js';
import { copyRoom, bytesNeeded } from '../../../planning/findings/room.js';
import { followerGoingBack, leaderGoingBack } from '../../../planning/going-back.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { SettingRow } from '../../../workflows/contract/card.js';
import type { FollowerTarget } from '../../../workflows/contract/target.js';
import type { ClusterFacts } from '../../../planning/facts.js';
import {
  freshServer,
  GB,
  operation,
  sampleConfig,
  sampleFacts,
  sampleServer,
  settings,
} from './sample-facts.js';

const LIMITS = {
  max_connections: '100',
  max_worker_processes: '8',
  max_wal_senders: '10',
  max_prepared_transactions: '0',
  max_locks_per_transaction: '64',
};

const leaderServer = sampleServer({ settings: settings({ ...LIMITS, max_connections: '400' }) });
const leader = {
  server: leaderServer,
  target: leaderTarget(sampleConfig(), sampleFacts('leader'), leaderServer, operation(), 1),
};
const targetOf = (facts: ClusterFacts) =>
  followerTarget(sampleConfig(), 'follower1', facts, operation(), 'fresh');

function tableOf(autoConfText: string, own: Record<string, string> = LIMITS) {
  const server = freshServer({ settings: settings(own) });
  const facts = sampleFacts('follower1', { server, files: { autoConfText } });
  return autoConfTable(leader, facts, targetOf(facts));
}

const rowOf = (rows: SettingRow[], name: string): SettingRow | undefined =>
  rows.find((row) => row.name === name);

it('raises what the leader has higher, and lowers nothing', () => {
  const { rows } = tableOf('', { ...LIMITS, max_worker_processes: '16' });
  expect(rowOf(rows, 'max_connections')).toEqual({
    name: 'max_connections',
    leader: '400',
    follower: '100',
    result: '400',
  });
  expect(rowOf(rows, 'max_worker_processes')).toMatchObject({ leader: '8', follower: '16', result: '16' });
});

it('takes the control data of a follower that does not run', () => {
  const facts = sampleFacts('follower1');
  const row = rowOf(autoConfTable(leader, facts, targetOf(facts)).rows, 'max_connections');
  expect(row?.follower).toBe(String(facts.files.controlData?.limits.max_connections));
  expect(row?.result).toBe('400');
});

it('names what is kept, what is dropped, and what replaces the former source', () => {
  const { rows } = tableOf(
    "work_mem = '64MB'\nrestore_command = 'x y'\nprimary_conninfo = 'host=old password=p'\nwork_mem = 1GB\nport = 5433\n",
  );
  expect(rowOf(rows, 'work_mem')).toEqual({ name: 'work_mem', follower: '1GB', result: '1GB' });
  expect(rowOf(rows, 'restore_command')).toEqual({ name: 'restore_command', follower: '<not shown>' });
  expect(rowOf(rows, 'primary_conninfo')).toEqual({
    name: 'primary_conninfo',
    follower: 'host=old',
    result: 'host=10.0.0.1 port=5432',
  });
  expect(rowOf(rows, 'primary_slot_name')).toEqual({
    name: 'primary_slot_name',
    result: 'rb_follower1_a1b2c3',
  });
  expect(rows.map(({ name }) => name)).not.toContain('password');
});

it('is bounded in rows and in values', () => {
  const text = Array.from({ length: 200 }, (_, index) => `x${String(index)} = '${'y'.repeat(500)}'\n`).join(
    '',
  );
  const table = tableOf(text);
  expect(table.rows.length + table.omitted).toBe(5 + 2 + 200);
  expect(JSON.stringify(table).length).toBeLessThan(2_200);
});

it('the sum of the copy is the one that refuses', () => {
  for (const [data, disk] of [
    [312, 1_000],
    [80 * GB + 1, 999 * GB],
    [0, 7],
  ] as const) {
    const room = copyRoom(data, disk, 5 * GB);
    expect(room.dataBytes + room.growthBytes + room.reserveBytes).toBe(room.neededBytes);
    expect(bytesNeeded(data, disk)).toBe(room.neededBytes);
    expect(room.leftBytes).toBe(5 * GB - room.dataBytes - room.growthBytes);
  }
});

it('going back: where the old data lies, and what does not come back', () => {
  const plain = sampleFacts('follower1', { server: freshServer() });
  const texts = followerGoingBack(targetOf(plain)).join('\n');
  expect(texts).toContain('/var/lib/postgresql/15/main.replaced-a1b2c3d4');
  expect(texts).not.toContain('standby');
  const standby: FollowerTarget = { ...targetOf(plain), class: 'standby-of-other' };
  expect(followerGoingBack(standby).join('\n')).toContain('data only');
  const absent = sampleFacts('follower1', { files: { exists: false, entries: 0 } });
  expect(followerGoingBack(targetOf(absent))[0]).toContain('There is no old data');

  const restart = leaderGoingBack(leader.target, new Set(['restartLeader', 'ensureLeaderSettings']));
  expect(restart[0]).toContain('restart cannot be taken back');
  expect(restart[1]).toContain('conf.d/90-pg-runbook.conf');
  expect(leaderGoingBack(leader.target, new Set())).toEqual([]);
});
