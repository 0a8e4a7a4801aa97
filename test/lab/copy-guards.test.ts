import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';
import { Operator, psql, resetLab, type View } from './support/operator.js';

const PARENT = '/var/lib/postgresql/15';
const BIN = '/usr/lib/postgresql/15/bin';

/** One run that parks on one danger after the other; its copy begins anew after each. */
describe('a copy that must not go on', () => {
  const home = sharedLab();
  let operator: Operator;
  let servingSince: string;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '3MB' };
      config.replication.slotWalLimit = '64MB';
    });
    await operator.up();
    servingSince = await psql(home, 'follower1', 'select pg_postmaster_start_time()');
    await operator.startApprovedWith({ copyStallMs: 4_000 });
  });
  afterAll(() => operator.close());

  const follower = (script: string): Promise<string> => operator.on('follower1', script);
  const copying = (): Promise<unknown> =>
    operator.until('bytes of the copy', (view) => {
      const failure = view.followers.follower1?.failure;
      if (failure !== undefined) throw new Error(JSON.stringify(failure));
      const progress = view.progress?.follower1;
      return progress?.phase === 'copying' && progress.bytesDone > 0;
    });
  const parkedOn = (code: string): Promise<NonNullable<View['followers'][string]['failure']>> =>
    operator.until(`parked on ${code}`, ({ followers }) => {
      const failure = followers.follower1?.failure;
      if (failure !== undefined && failure.code !== code) throw new Error(JSON.stringify(failure));
      return failure;
    });
  const slots = (): Promise<string> => psql(home, 'leader', 'select count(*) from pg_replication_slots');
  const result = (job: number): Promise<string> =>
    follower(`cat /var/lib/pg-runbook/jobs/*/${String(job)}/result`);
  /** Nothing of the copy is left on either host, and the old server has not noticed. */
  const expectTakenBack = async (): Promise<void> => {
    expect(await follower(`ls ${PARENT}; pgrep -c pg_basebackup || true`)).toBe('main\n0');
    expect(await slots()).toBe('0');
    expect(await psql(home, 'follower1', 'select pg_postmaster_start_time()')).toBe(servingSince);
  };
  const resume = (): Promise<unknown> => operator.ok('resume', '--retry');
  const writeWal = (megabytes: number): Promise<string> =>
    psql(
      home,
      'leader',
      `select count(pg_logical_emit_message(false, 'test', repeat('x', 1048576))) from generate_series(1, ${String(megabytes)})`,
    );

  it("leaves the follower's disk its reserve", async () => {
    await copying();
    await labCommand(home, ['fill', 'follower1', '/var/lib/postgresql', String(1500 * 1024 ** 2)], {
      cwd: dirname(home),
    });
    const failure = await parkedOn('COPY_DISK_LOW');
    expect(failure.message).toMatch(
      /^follower1: the copy was stopped and removed, because its file system had only 1[45]\d\d MB left$/,
    );
    expect(failure.detail).toBe(
      '2048 MB are kept free (5 % of the file system, at least 2 GB). The old server still runs.',
    );
    expect(await result(1)).toMatch(/^disk-guard \d+ 2147483648$/);
    await expectTakenBack();
    await labCommand(home, ['unfill', 'follower1', '/var/lib/postgresql'], { cwd: dirname(home) });
  });

  it('stops at once when its slot is gone', async () => {
    await resume();
    await copying();
    await psql(
      home,
      'leader',
      `select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where active;
       select pg_drop_replication_slot(slot_name) from pg_replication_slots`,
    );
    const failure = await parkedOn('SLOT_LOST');
    expect(failure.message).toMatch(
      /^leader: slot rb_follower1_\w+ is gone, and with it the WAL the copy needs$/,
    );
    await expectTakenBack();
  });

  it('stops before the WAL it holds back endangers the leader, having warned', async () => {
    await resume();
    await copying();
    // Only the WAL is held up, as on a link that is too slow for it; the data goes on.
    await follower('kill -STOP $(pgrep -P "$(pgrep -o pg_basebackup)")');
    // In steps: how much a slot holds back at the beginning depends on where in a segment it begins.
    await writeWal(22);
    const warned = await until(
      'a warning',
      async () => {
        await writeWal(3);
        return /warning: .*/.exec((await operator.cli('show')).stdout)?.at(0);
      },
      60_000,
    );
    expect(warned).toMatch(/^warning: WAL held back [345]\d MB of 64 MB/);
    await writeWal(20);
    const failure = await parkedOn('LEADER_WAL_BUDGET');
    expect(failure.message).toMatch(
      /^leader: [5-8]\d MB of WAL are held back for the copy of follower1, of 64 MB at most$/,
    );
    expect(failure.detail).toContain('max_slot_wal_keep_size 64 MB; ');
    await expectTakenBack();
  });

  it('asks about a copy that stands still, and leaves it alone', async () => {
    const op = await follower('ls /var/lib/pg-runbook/jobs');
    // What an earlier copy has left on the leader: it would keep the slot from the next one.
    await operator.on(
      'leader',
      `systemd-run --quiet --uid=postgres --unit=left-sender /bin/sh -c 'sleep 600 | ${BIN}/psql -Xq -h /var/run/postgresql "dbname=postgres replication=true application_name=rb-copy-${op}"'`,
    );
    const left = (): Promise<string> =>
      psql(
        home,
        'leader',
        `select string_agg(pid::text, ' ') from pg_stat_activity where application_name = 'rb-copy-${op}'`,
      );
    await until('a WAL sender that is left', async () => (await left()) !== '');
    const leftPid = await left();
    // A new slot holds back all since the last checkpoint.
    await psql(home, 'leader', 'checkpoint');
    await resume();
    await copying();
    expect((await left()).split(' ')).not.toContain(leftPid);
    expect(await operator.on('leader', 'tail -n 5 /var/lib/pg-runbook/journal.jsonl')).toContain(
      'SELECT pg_terminate_backend(pid)',
    );

    await follower('pkill -STOP pg_basebackup');
    const failure = await parkedOn('COPY_STALLED');
    expect(failure.message).toMatch(
      /^follower1: the copy has not grown for \d.*, neither as the leader shows it nor on the disk$/,
    );
    expect(failure.detail).toContain('It was left as it is.');
    expect(await follower(`systemctl is-active pg-runbook-copy-${op}-4`)).toBe('active');
    expect(await slots()).toBe('1');
  });

  it('is attached to when it goes on, and verified although it is killed right after the copying', async () => {
    const op = await follower('ls /var/lib/pg-runbook/jobs');
    await follower(`mv ${BIN}/pg_verifybackup ${BIN}/pg_verifybackup.real
      printf '%s\\n' '#!/bin/sh' 'until [ -e /tmp/go ]; do sleep 0.1; done' 'exec ${BIN}/pg_verifybackup.real "$@"' >${BIN}/pg_verifybackup
      chmod 755 ${BIN}/pg_verifybackup`);
    await follower('pkill -CONT pg_basebackup');
    await resume();
    await operator.until('the verification', (view) => view.progress?.follower1?.phase === 'verifying');
    await follower(`systemctl kill --signal=KILL pg-runbook-copy-${op}-4; touch /tmp/go`);
    await operator.ok('wait', '--for', 'closed', '--timeout', '60s');
    expect((await operator.view()).outcome).toBe('done');
    expect(await result(4)).toMatch(/^verified [0-9a-f]{64}$/);
    expect(await follower('ls /var/lib/pg-runbook/jobs/*')).toBe('1\n2\n3\n4');
    expect(await follower('grep -c "initiating base backup" /var/lib/pg-runbook/jobs/*/4/log')).toBe('1');
    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
  });
});
