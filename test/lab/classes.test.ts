import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../workflows/contract/plan.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { commandsOf, journalOf, plannedOn, planOf } from './support/plan-and-journal.js';
import { sharedLab } from './support/shared-lab.js';

const home = sharedLab();
const WIPE = 'wipe-follower/follower1';
const SWAP = 'swap-follower/follower1';
const REPAIR = 'repair-follower/follower1';
const DATA = '/var/lib/postgresql/15/main';

let operator: Operator;

beforeAll(async () => {
  operator = new Operator(home);
  await Promise.all([resetLab(home), operator.up()]);
});
afterAll(() => operator.close());

const plan = async (): Promise<Plan> => {
  const { stdout } = await operator.cli('plan', '--json');
  return (JSON.parse(stdout) as { plans: [Plan] }).plans[0];
};
const onFollower = (script: string): Promise<string> => operator.on('follower1', script);
const systemIdentifier = (directory = DATA): Promise<string> =>
  onFollower(
    `/usr/lib/postgresql/15/bin/pg_controldata -D ${directory} | sed -n 's/^Database system identifier: *//p'`,
  );
const systemIdentifierOfLeader = (): Promise<string> =>
  psql(home, 'leader', 'select system_identifier from pg_control_system()');
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

/** A new record on the leader is read on the follower, through the slot. Nothing here waits for a synchronous standby. */
async function expectStreaming(): Promise<void> {
  await psql(
    home,
    'leader',
    'set synchronous_commit = local; drop table if exists told; create table told as select 7 as id',
    'shop',
  );
  await expect
    .poll(() => psql(home, 'follower1', 'select id from told', 'shop').catch(() => ''), { timeout: 15_000 })
    .toBe('7');
  expect(await slots()).toMatch(/^rb_follower1_\w+\|t$/m);
}

/** Starts a run, looks at its plan, approves what it asks for, which is exactly this, and sees it through. */
async function approved(gates: string[], look: (plan: Plan) => void): Promise<void> {
  expect((await operator.cli('start')).code).toBe(3);
  expect(await openGates()).toEqual(gates);
  look(await planOf(operator));
  for (const gate of gates) await operator.approve(gate);
}

async function expectDone(): Promise<void> {
  const view = await operator.until('the end', (seen) => {
    expect(seen.followers.follower1?.failure).toBeUndefined();
    return seen.outcome !== undefined && seen;
  });
  expect(view.outcome).toBe('done');
  expect(view.followers.follower1?.steps.filter(({ status }) => status !== 'done')).toEqual([]);
  const open = 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*';
  expect([await onFollower(open), await operator.on('leader', open)]).toEqual(['', '']);
  await expectStreaming();
}

/** The follower is made to stream again on the data it has, by these gates and nobody's copy. */
async function repaired(gates: string[], look: (plan: Plan) => void): Promise<void> {
  const directories = 'stat -c %i /var/lib/postgresql/15/main; ls -d /var/lib/postgresql/15/*';
  const before = await onFollower(directories);
  await approved(gates, look);
  await expectDone();
  expect(await onFollower(directories)).toBe(before);
}

/**
 * The follower is replaced by a copy, with its identifier typed; because it has data of its own it is asked once
 * more with the copy complete. What it was lies aside.
 */
async function replaced(gates: string[], identifier: string, look: (plan: Plan) => void): Promise<void> {
  await approved(gates, (plan) => {
    expect(plan.followers.follower1).toMatchObject({ identifier, target: { remedy: 'copy' } });
    look(plan);
  });
  await operator.until('the gate before the swap', ({ followers: { follower1 } }) => {
    expect(follower1?.failure).toBeUndefined();
    return follower1?.gates.some(({ id, decision }) => id === SWAP && decision === undefined);
  });
  await operator.approve(SWAP);
  await expectDone();
  const aside = (await operator.view()).followers.follower1?.summary?.replacedDirectory ?? '';
  expect(await systemIdentifier(aside)).toBe(identifier);
  expect(await systemIdentifier()).toBe(await systemIdentifierOfLeader());
}

describe('a follower with data of its own', () => {
  let identifier: string;

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

  it('and subscribes is not replaced without it, nor with another', async () => {
    await psql(
      home,
      'follower1',
      `create subscription sub1 connection 'host=10.9.9.9 password=geheim' publication p with (connect = false)`,
    );
    expect((await operator.cli('start')).code).toBe(3);
    expect(await openGates()).toEqual(['change-leader', WIPE]);
    const made = await planOf(operator);
    expect(made.followers.follower1?.target.class).toBe('subscriber');
    expect(made.followers.follower1?.destroys?.lost).toEqual([
      'subscription sub1 of database postgres; its slot sub1 stays on 10.9.9.9 and keeps WAL there until it is dropped',
    ]);
    expect(JSON.stringify(made)).not.toContain('geheim');
    const card = (await operator.cli('show')).stdout.replaceAll(/\s+/g, ' ');
    expect(card).toContain(`Type follower1, then its system identifier ${identifier}`);
    const fingerprint = (await operator.view()).followers.follower1?.gates[0]?.fingerprint.slice(0, 12) ?? '';
    const approve = ['approve', '--gate', WIPE, '--confirm', 'follower1', '--fingerprint', fingerprint];
    expect(await operator.cli(...approve)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CONFIRMATION_MISSING') as string,
    });
    expect(await operator.cli(...approve, '--identifier', `${identifier}1`)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('IDENTIFIER_MISMATCH') as string,
    });
    expect((await operator.view()).followers.follower1?.gates[0]?.decision).toBeUndefined();
  });

  it('is replaced with it, and its data lies aside', async () => {
    await replaced(['change-leader', WIPE], identifier, () => undefined);
  });
});

describe('a follower of this leader', () => {
  it('that is stopped is started', async () => {
    await onFollower('systemctl stop postgresql@15-main');
    await repaired([REPAIR], (made) => {
      expect(made.followers.follower1).toMatchObject({ target: { class: 'down', remedy: 'start' } });
      expect(made.leader).toMatchObject({ needsGate: false, steps: [] });
    });
    const made = await planOf(operator);
    for (const host of ['leader', 'follower1'])
      expect(commandsOf(await journalOf(operator, made, host))).toEqual(plannedOn(made, host));
    expect((await operator.cli('start')).code).toBe(0);
    expect((await operator.view()).outcome).toBe('nothing-to-do');
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
    await repaired([REPAIR], ({ followers: { follower1 } }) => {
      expect(follower1?.target).toMatchObject({ class: 'repairable', repairs: ['connection'] });
    });
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
    await repaired([REPAIR], () => undefined);
    expect(await slots()).toBe(before);
  });

  it('whose password is lost gets a new one, which the leader has to allow', async () => {
    await onFollower('rm /var/lib/postgresql/.pg-runbook/lab-follower1.pgpass');
    await onFollower('systemctl restart postgresql@15-main');
    await repaired(['change-leader', REPAIR], ({ leader, followers: { follower1 } }) => {
      expect(leader?.steps.flatMap(({ commands }) => commands)).toEqual([
        `ALTER ROLE "${follower1?.target.role ?? ''}" PASSWORD '<SCRAM-SHA-256 verifier>'`,
      ]);
    });
  });

  it('whose limits are too low for the leader gets them raised', async () => {
    await onFollower(
      `echo 'max_connections = 30' >/etc/postgresql/15/main/conf.d/low.conf; systemctl restart postgresql@15-main || true`,
    );
    await repaired([REPAIR], ({ followers: { follower1 } }) => {
      expect(follower1?.target).toMatchObject({ remedy: 'repair', repairs: ['settings'] });
    });
    expect(await psql(home, 'follower1', 'show max_connections')).toBe(
      await psql(home, 'leader', 'show max_connections'),
    );
    await onFollower('rm /etc/postgresql/15/main/conf.d/low.conf');
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

  it('that has lost its standby.signal is not left like that', async () => {
    await onFollower(`mv ${DATA}/standby.signal ${DATA}/kept`);
    const { findings } = await plan();
    expect(findings.map(({ severity, code }) => [severity, code])).toEqual([
      ['blocker', 'STANDBY_SIGNAL_MISSING'],
    ]);
    await onFollower(`rm ${DATA}/kept; ${/`(.*)`/.exec(findings[0]?.hint ?? '')?.[1] ?? 'false'}`);
    expect(await onFollower(`stat -c '%U %a %s' ${DATA}/standby.signal`)).toBe('postgres 600 0');
    expect((await plan()).followers.follower1?.target.class).toBe('healthy');
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

  it('that was promoted is replaced, and its card says from which position on its rows are its own', async () => {
    await onFollower('systemctl start postgresql@15-main');
    await psql(home, 'follower1', 'select pg_promote()');
    await psql(home, 'follower1', 'create table mine (id int)', 'shop');
    // Until then its control file has the former timeline, which the fingerprint would see change.
    await psql(home, 'follower1', 'checkpoint');
    await replaced([WIPE], await systemIdentifier(), ({ followers: { follower1 } }) => {
      expect(follower1?.target.class).toBe('diverged');
      expect(follower1?.destroys?.lost?.[0]).toMatch(
        /^it left the leader's history at [0-9A-F]+\/[0-9A-F]+ on timeline 1, and is at \S+ on timeline 2 now; .*: [1-9]\d* (bytes|kB) of WAL$/,
      );
    });
    expect(await psql(home, 'follower1', "select to_regclass('mine') is null", 'shop')).toBe('t');
  });
});

describe("another leader's standby", () => {
  it('is replaced, while commits on this leader wait for a standby that is not there', async () => {
    // What the first copy replaced comes back as a standby of some other leader.
    await onFollower(`cd /var/lib/postgresql/15; systemctl stop postgresql@15-main
      for old in main.replaced-*; do
        [ "$(/usr/lib/postgresql/15/bin/pg_controldata -D "$old" | sed -n 's/^Database system identifier: *//p')" != ${await systemIdentifierOfLeader()} ] && break
      done
      mv main main.own; mv "$old" main
      install -o postgres -g postgres -m 600 /dev/null main/standby.signal
      printf "primary_conninfo = 'host=10.9.9.9 password=geheim'\nprimary_slot_name = 'theirs'\n" >>main/postgresql.auto.conf
      systemctl start postgresql@15-main; until pg_isready -qh /var/run/postgresql; do sleep 0.05; done`);
    await psql(home, 'leader', "alter system set synchronous_standby_names = 'absent'");
    await psql(home, 'leader', 'select pg_reload_conf()');
    await replaced([WIPE], await systemIdentifier(), ({ findings, followers: { follower1 } }) => {
      expect(findings.map(({ severity, code }) => [severity, code])).toEqual([
        ['warning', 'SYNC_STANDBY_NAMES'],
        ['warning', 'FOLLOWER_OF_OTHER_LEADER'],
        // Of the copy before this one.
        ['warning', 'FORMER_SLOT_STAYS'],
      ]);
      expect(follower1?.target.class).toBe('standby-of-other');
      expect(follower1?.destroys?.lost).toEqual([
        'it follows the leader at 10.9.9.9, and will not any more',
        'its slot theirs stays on that leader and keeps WAL there until it is dropped',
      ]);
      expect(JSON.stringify(follower1)).not.toContain('geheim');
    });
  });
});
