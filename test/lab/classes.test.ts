import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../workflows/contract/plan.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';

const home = sharedLab();
const WIPE = 'wipe-follower/follower1';
const SWAP = 'swap-follower/follower1';
const REPAIR = 'repair-follower/follower1';
const DATA = '/var/lib/postgresql/15/main';

let operator: Operator;

beforeAll(async () => {
  await resetLab(home);
  operator = new Operator(home);
  await operator.up();
});
afterAll(() => operator.close());

const plan = async (): Promise<Plan> => {
  const { stdout } = await operator.cli('plan', '--json');
  return (JSON.parse(stdout) as { plans: [Plan] }).plans[0];
};
const onFollower = (script: string): Promise<string> => operator.on('follower1', script);
const inode = (): Promise<string> => onFollower(`stat -c %i ${DATA}`);
const systemIdentifier = (directory = DATA): Promise<string> =>
  onFollower(
    `/usr/lib/postgresql/15/bin/pg_controldata -D ${directory} | sed -n 's/^Database system identifier: *//p'`,
  );
const startTime = (): Promise<string> => psql(home, 'follower1', 'select pg_postmaster_start_time()');
const slots = (): Promise<string> =>
  psql(home, 'leader', 'select slot_name, active from pg_replication_slots order by 1');
const openGates = async (): Promise<string[]> => {
  const view = await operator.until('an open gate', (seen) => seen.phase === 'waiting' && seen);
  return [view.leader, ...Object.values(view.followers)]
    .flatMap(({ gates }) => gates)
    .filter(({ decision }) => decision === undefined)
    .map(({ id }) => id);
};

/** A new record on the leader is read on the follower, through the slot. */
async function expectStreaming(): Promise<void> {
  await psql(home, 'leader', 'drop table if exists told; create table told as select 7 as id', 'shop');
  await expect
    .poll(() => psql(home, 'follower1', 'select id from told', 'shop').catch(() => ''), { timeout: 15_000 })
    .toBe('7');
  expect(await slots()).toMatch(/^rb_follower1_\w+\|t$/);
}

/** The follower is made to stream again on the data it has, by these gates and nobody's copy. */
async function repaired(gates: string[]): Promise<void> {
  const before = await inode();
  const directories = await onFollower('ls -d /var/lib/postgresql/15/* | xargs');
  expect((await operator.cli('start')).code).toBe(3);
  expect(await openGates()).toEqual(gates);
  for (const gate of gates) await operator.approve(gate);
  const closed = await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
  expect([closed.code, (await operator.cli('show')).stdout]).toEqual([0, expect.any(String)]);
  const view = await operator.view();
  expect(view.outcome).toBe('done');
  expect(view.followers.follower1?.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  expect(await inode()).toBe(before);
  expect(await onFollower('ls -d /var/lib/postgresql/15/* | xargs')).toBe(directories);
  expect(await onFollower('grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
  expect(await operator.on('leader', 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
  await expectStreaming();
  expect((await operator.cli('start')).code).toBe(0);
  expect((await operator.view()).outcome).toBe('nothing-to-do');
}

describe('a subscriber', () => {
  it('is planned with the slot that would leak, and without its password', async () => {
    await psql(
      home,
      'follower1',
      `create subscription sub1 connection 'host=10.9.9.9 password=geheim' publication p with (connect = false)`,
    );
    const made = await plan();
    expect(made.followers.follower1?.destroys?.lost).toEqual([
      'subscription sub1 of database postgres; its slot sub1 stays on 10.9.9.9 and keeps WAL there until it is dropped',
    ]);
    expect(made.followers.follower1?.target.class).toBe('subscriber');
    expect(JSON.stringify(made)).not.toContain('geheim');
    await psql(home, 'follower1', 'alter subscription sub1 set (slot_name = none)');
    await psql(home, 'follower1', 'drop subscription sub1');
  });
});

describe('a follower with data of its own', () => {
  let identifier: string;
  const fingerprint = async (): Promise<string> =>
    (await operator.view()).followers.follower1?.gates[0]?.fingerprint.slice(0, 12) ?? '';

  it('is planned as a copy that asks for its system identifier', async () => {
    identifier = await systemIdentifier();
    await psql(home, 'follower1', 'create database orders');
    await psql(home, 'follower1', 'create table lines as select generate_series(1, 100) as id', 'orders');
    const made = await plan();
    expect(made.findings.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'FOLLOWER_HAS_DATA'],
    ]);
    expect(made.followers.follower1).toMatchObject({
      identifier,
      target: { class: 'foreign', remedy: 'copy' },
      destroys: { databases: ['orders', 'postgres'] },
    });
    expect(made.followers.follower1?.destroys?.databaseSizes?.orders).toBeGreaterThan(1_000_000);
  });

  it('is not replaced without it, nor with another', async () => {
    expect((await operator.cli('start')).code).toBe(3);
    expect(await openGates()).toEqual(['change-leader', WIPE]);
    const card = (await operator.cli('show')).stdout.replaceAll(/\s+/g, ' ');
    expect(card).toContain(`Type follower1, then its system identifier ${identifier}`);
    const approve = [
      'approve',
      '--gate',
      WIPE,
      '--confirm',
      'follower1',
      '--fingerprint',
      await fingerprint(),
    ];
    expect(await operator.cli(...approve)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CONFIRMATION_MISSING') as string,
    });
    expect(await operator.cli(...approve, '--identifier', `${identifier}1`)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('IDENTIFIER_MISMATCH') as string,
    });
    expect((await operator.view()).followers.follower1?.gates[0]?.decision).toBeUndefined();
    await operator.ok(...approve, '--identifier', identifier);
  });

  it('is replaced with it, and its data lies aside', async () => {
    await operator.approve('change-leader');
    // Data of its own: asked once more with the copy complete.
    await operator.until('the gate before the swap', ({ followers }) =>
      followers.follower1?.gates.some(({ id, decision }) => id === SWAP && decision === undefined),
    );
    await operator.approve(SWAP);
    const closed = await operator.cli('wait', '--for', 'closed', '--timeout', '120s');
    expect([closed.code, (await operator.view()).outcome]).toEqual([0, 'done']);
    await expectStreaming();
    const aside = await onFollower(`ls -d ${DATA}.replaced-*`);
    expect(await systemIdentifier(aside)).toBe(identifier);
    expect(await systemIdentifier()).not.toBe(identifier);
  });
});

describe('a follower of this leader', () => {
  it('that is stopped is started', async () => {
    await onFollower('systemctl stop postgresql@15-main');
    const made = await plan();
    expect(made.followers.follower1).toMatchObject({ target: { class: 'down', remedy: 'start' } });
    expect(made.leader).toMatchObject({ needsGate: false, steps: [] });
    await repaired([REPAIR]);
  });

  it('without primary_conninfo gets it back, and is not restarted', async () => {
    const before = await startTime();
    const others = `grep -v ^primary_conninfo ${DATA}/postgresql.auto.conf`;
    await psql(home, 'follower1', "alter system set log_statement = 'ddl'");
    await psql(home, 'follower1', 'alter system reset primary_conninfo');
    await psql(home, 'follower1', 'select pg_reload_conf()');
    await expect
      .poll(() => psql(home, 'follower1', 'select count(*) from pg_stat_wal_receiver'), { timeout: 10_000 })
      .toBe('0');
    const kept = await onFollower(others);
    expect((await plan()).followers.follower1?.target).toMatchObject({
      class: 'repairable',
      repairs: ['connection'],
    });
    await repaired([REPAIR]);
    expect(await onFollower(others)).toBe(kept);
    expect(await startTime()).toBe(before);
    expect(await onFollower('ls /var/lib/pg-runbook/backup/*/postgresql.auto.conf | wc -l')).toBe('1');
  });

  it('whose slot was dropped gets it again, under its name', async () => {
    const before = await slots();
    const name = before.split('|')[0] ?? '';
    await psql(
      home,
      'leader',
      `do $$ begin
         for n in 1..200 loop
           perform pg_terminate_backend(active_pid) from pg_replication_slots where active;
           begin perform pg_drop_replication_slot('${name}'); return; exception when object_in_use then perform pg_sleep(0.02); end;
         end loop;
       end $$`,
    );
    expect(await slots()).toBe('');
    await repaired([REPAIR]);
    expect(await slots()).toBe(before);
  });

  it('whose password is lost gets a new one, which the leader has to allow', async () => {
    await onFollower('rm /var/lib/postgresql/.pg-runbook/lab-follower1.pgpass');
    await onFollower('systemctl restart postgresql@15-main');
    const made = await plan();
    expect(made.leader?.steps.flatMap(({ commands }) => commands)).toEqual([
      `ALTER ROLE "${made.followers.follower1?.target.role ?? ''}" PASSWORD '<SCRAM-SHA-256 verifier>'`,
    ]);
    await repaired(['change-leader', REPAIR]);
  });

  it('whose limits are too low for the leader gets them raised', async () => {
    await onFollower(
      `echo 'max_connections = 30' >/etc/postgresql/15/main/conf.d/low.conf; systemctl restart postgresql@15-main || true`,
    );
    const made = await plan();
    expect(made.followers.follower1?.target).toMatchObject({ remedy: 'repair', repairs: ['settings'] });
    await repaired([REPAIR]);
    expect(await psql(home, 'follower1', 'show max_connections')).toBe(
      await psql(home, 'leader', 'show max_connections'),
    );
  });

  it('whose replay somebody paused is left alone', async () => {
    await psql(home, 'follower1', 'select pg_wal_replay_pause()');
    const made = await plan();
    expect(made.findings.map(({ severity, code }) => [severity, code])).toEqual([
      ['blocker', 'REPLAY_PAUSED'],
    ]);
    expect(await psql(home, 'follower1', 'select pg_is_wal_replay_paused()')).toBe('t');
    await psql(home, 'follower1', 'select pg_wal_replay_resume()');
  });

  it('that replays late by intent is healthy', async () => {
    await psql(home, 'follower1', "alter system set recovery_min_apply_delay = '1h'");
    await psql(home, 'follower1', 'select pg_reload_conf()');
    await psql(home, 'leader', 'create table late (id int)', 'shop');
    expect((await plan()).followers.follower1).toMatchObject({ target: { class: 'healthy' }, steps: [] });
    await psql(home, 'follower1', 'alter system reset recovery_min_apply_delay');
    await psql(home, 'follower1', 'select pg_reload_conf()');
  });

  it('that is put back by an abort has the file it had', async () => {
    const auto = `cat ${DATA}/postgresql.auto.conf`;
    await psql(home, 'follower1', 'alter system reset primary_conninfo');
    await psql(home, 'follower1', 'select pg_reload_conf()');
    const broken = await onFollower(auto);
    expect((await operator.cli('start')).code).toBe(3);
    // Paused behind the survey's back, it cannot prove itself after its repair.
    await psql(home, 'follower1', 'select pg_wal_replay_pause()');
    await operator.approve(REPAIR);
    await operator.until('the proof has begun', (view) =>
      view.followers.follower1?.steps.some(
        ({ id, status }) => id === 'verifyStreaming' && status === 'running',
      ),
    );
    expect(await onFollower(auto)).not.toBe(broken);
    await operator.cli('cancel');
    await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
    expect((await operator.view()).outcome).toBe('cancelled');
    expect(await onFollower(auto)).toBe(broken);
    await psql(home, 'follower1', 'select pg_wal_replay_resume()');
  });

  it('whose WAL is gone is copied anew, without an identifier', async () => {
    await onFollower('systemctl stop postgresql@15-main');
    await psql(home, 'leader', `select pg_drop_replication_slot(slot_name) from pg_replication_slots`);
    for (let n = 0; n < 3; n += 1) {
      await psql(home, 'leader', 'select pg_logical_emit_message(true, $$x$$, $$y$$)');
      await psql(home, 'leader', 'select pg_switch_wal()');
      await psql(home, 'leader', 'checkpoint');
    }
    const made = await plan();
    expect(made.followers.follower1).toMatchObject({ target: { class: 'down', remedy: 'copy' } });
    expect(made.followers.follower1).not.toHaveProperty('identifier');
    expect(made.followers.follower1?.remarks.join()).toMatch(/copied anew/);
  });

  it('that was promoted is planned with the position from which on its rows are its own', async () => {
    await onFollower('systemctl start postgresql@15-main');
    await psql(home, 'follower1', 'select pg_promote()');
    await psql(home, 'follower1', 'create table mine (id int)', 'shop');
    const made = await plan();
    expect(made.followers.follower1).toMatchObject({
      target: { class: 'diverged', remedy: 'copy' },
      identifier: await systemIdentifier(),
    });
    expect(made.followers.follower1?.destroys?.lost?.[0]).toMatch(
      /^it left the leader's history at [0-9A-F]+\/[0-9A-F]+ on timeline 1, and is at \S+ on timeline 2 now; .*: [1-9]\d* (bytes|kB) of WAL$/,
    );
  });
});
