import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectReplicating } from '../lab/support/expect-replicating.js';
import { Operator, psql, resetLab } from '../lab/support/operator.js';
import { sharedLab } from '../lab/support/shared-lab.js';
import { until } from '../lab/support/until.js';

/**
 * While no worker watches, the leader writes more WAL than max_slot_wal_keep_size lets the copy's slot hold
 * back, and PostgreSQL gives the slot up by itself.
 */
describe('a slot that PostgreSQL gives up during the copy', () => {
  const home = sharedLab();
  let operator: Operator;
  let servingSince = '';

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '6MB' };
      config.replication.slotWalLimit = '64MB';
    });
    await operator.server();
    servingSince = await psql(home, 'follower1', 'select pg_postmaster_start_time()');
  });
  afterAll(() => operator.close());

  const follower = (script: string): Promise<string> => operator.on('follower1', script);

  it('is told by the next worker, and nothing is left of the copy', async () => {
    const worker = await operator.worker();
    await operator.startApproved();
    await operator.until('bytes of the copy', ({ progress }) => progress?.follower1?.phase === 'copying');
    await operator.kill(worker, 'SIGKILL');
    // Only the WAL is held up, as on a link that is too slow for it; the data goes on.
    await follower('kill -STOP $(pgrep -P "$(pgrep -o pg_basebackup)")');
    await psql(
      home,
      'leader',
      "select count(pg_logical_emit_message(false, 'test', repeat('x', 1048576))) from generate_series(1, 110); select pg_switch_wal()",
    );
    // It ends the WAL sender, and waits for that; the sender cannot go while nobody reads what it has to say.
    const checkpoint = psql(home, 'leader', 'checkpoint');
    await until('PostgreSQL gives the slot up', async () =>
      (await operator.on('leader', 'cat /var/log/postgresql/*.log')).includes('to release replication slot'),
    );
    await follower('kill -CONT $(pgrep -P "$(pgrep -o pg_basebackup)")');
    await checkpoint;
    expect(await psql(home, 'leader', 'select wal_status from pg_replication_slots')).toBe('lost');
    await operator.worker();
    const failure = await operator.until('parked', ({ followers }) => followers.follower1?.failure);
    expect(failure).toMatchObject({
      code: 'SLOT_LOST',
      detail: 'The copy was stopped and removed. The old server still runs.',
      hint: 'Raise max_slot_wal_keep_size, or wait until the leader writes less. `runbook resume` copies again.',
    });
    expect(failure.message).toMatch(/^leader: slot rb_follower1_\w+ has lost WAL that the copy needs$/);
    expect(await follower('ls /var/lib/postgresql/15; pgrep -c pg_basebackup || true')).toBe('main\n0');
    expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('0');
    expect(await psql(home, 'follower1', 'select pg_postmaster_start_time()')).toBe(servingSince);
  });

  it('ends right once somebody resumes: another slot, another copy', async () => {
    await operator.ok('resume', '--retry');
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect((await operator.view()).outcome).toBe('done');
    expect(await follower('ls /var/lib/pg-runbook/jobs/*')).toBe('1\n2');
    await expectReplicating(home, 'follower1');
  });
});
