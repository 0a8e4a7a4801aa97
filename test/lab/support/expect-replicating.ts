import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { psql } from './operator.js';

/** The follower is what a run promises: a copy of the leader, in recovery, through its slot, with what is written now. */
export async function expectReplicating(home: string, follower: string): Promise<void> {
  const identity = 'select system_identifier from pg_control_system()';
  const leaderIs = await psql(home, 'leader', identity);
  expect(await psql(home, follower, `select pg_is_in_recovery(), (${identity})`)).toBe(`t|${leaderIs}`);
  const id = String(randomInt(1e9));
  const table = `after_${follower}`;
  await psql(
    home,
    'leader',
    `drop table if exists ${table}; create table ${table} as select ${id} as id`,
    'shop',
  );
  await expect
    .poll(() => psql(home, follower, `select id from ${table}`, 'shop').catch(() => ''), {
      timeout: 10_000,
    })
    .toBe(id);
  expect(
    await psql(
      home,
      'leader',
      `select s.active, r.state from pg_replication_slots s join pg_stat_replication r on r.pid = s.active_pid where slot_name like 'rb_${follower}_%'`,
    ),
  ).toBe('t|streaming');
}
