import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { type Gate, Operator, psql, resetLab, type View } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';

const DATA = '/var/lib/postgresql/15/main';
const LIBRARY = '/etc/postgresql/15/main/conf.d/50-library.conf';

/** One run: its rehearsal fails twice and is put right twice; then its host goes down at the gate before the swap. */
describe('the rehearsal of the copy', () => {
  const home = sharedLab();
  let operator: Operator;
  let verifier = '';

  const onFollower = (script: string): Promise<string> => operator.on('follower1', script);
  const onLeader = (sql: string): Promise<string> => psql(home, 'leader', sql);
  const oldServerServes = async (): Promise<boolean> =>
    (await psql(home, 'follower1', 'select pg_is_in_recovery()')) === 'f';
  const failure = (code: string): Promise<NonNullable<View['leader']['failure']>> =>
    operator.until(`a failure ${code}`, ({ followers }) => {
      const found = followers.follower1?.failure;
      return found?.code === code && found;
    });
  const op = async (): Promise<string> =>
    (await onFollower(`ls -d ${DATA}.incoming-*`)).replace(`${DATA}.incoming-`, '');
  const slots = (): Promise<string> => onLeader('select active, wal_status from pg_replication_slots');

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '10MB' };
      config.approval = { swap: 'ask' };
    });
    await operator.up();
    await operator.startApproved();
    // While the copy runs: its own connections are there already.
    await operator.until('a copy', ({ progress }) => progress?.follower1?.phase === 'copying');
    verifier = await onLeader("select rolpassword from pg_authid where rolname = 'replication_follower1'");
    await onLeader("alter role replication_follower1 password 'another'");
    await onFollower(`echo "shared_preload_libraries = 'absent'" >${LIBRARY}`);
  });
  afterAll(() => operator.close());

  it('finds the library that is missing, and the old server serves on', async () => {
    const found = await failure('REHEARSAL_FAILED');
    expect(found.message).toBe("follower1: the copy's server does not start: a library is missing");
    expect(found.detail).toContain('could not access file "absent"');
    expect(await oldServerServes()).toBe(true);
    await onFollower(`rm ${LIBRARY}`);
    await operator.cli('resume');
  });

  it('finds the password that is wrong', async () => {
    const found = await operator.until('another failure', ({ followers }) => {
      const seen = followers.follower1?.failure;
      return seen?.message.includes('password') === true && seen;
    });
    expect(found.message).toBe(
      "follower1: the copy's server does not stream: the leader does not accept its password",
    );
    expect(await oldServerServes()).toBe(true);
    await onLeader(`alter role replication_follower1 password '${verifier}'`);
    await operator.cli('resume');
  });

  it('streams beside the old server until the swap, reachable by nobody else', async () => {
    await untilSwapGate();
    const view = await operator.view();
    const step = view.followers.follower1?.steps.find(({ id }) => id === 'rehearseFollower');
    expect(step).toMatchObject({ status: 'done' });
    expect(step?.evidence).toMatch(/^the copy's server streams beside the old one and has replayed marker /);
    expect(await oldServerServes()).toBe(true);
    const id = await op();
    expect(await onFollower(`systemctl is-active pg-runbook-rehearsal-${id}`)).toBe('active');
    expect(await slots()).toBe('t|reserved');
    expect(await onFollower(`stat -c '%U %a' /run/pg-runbook-rehearsal-${id}`)).toBe('postgres 700');
    expect(await onFollower('ss -Hltn sport = :5432 | wc -l')).toBe(
      await onFollower('ss -Hltnp sport = :5432 | grep -c postgres'),
    );
    // What is written now is replayed there, so the slot holds nothing back.
    await onLeader('create table noted (n int); insert into noted values (7)');
    await until('the record in the rehearsal', async () => {
      const read = await onFollower(
        `cd / && setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /run/pg-runbook-rehearsal-${id} -d postgres -c 'table noted' 2>&1 || true`,
      );
      return read === '7';
    });
    await onLeader('drop table noted');
  });

  it('is over when somebody drops its slot: the copy is given up, and made anew when a person says so', async () => {
    const lost = await op();
    await onLeader(`do $$ declare slot record; begin
      for try in 1..100 loop
        select * into slot from pg_replication_slots;
        perform pg_terminate_backend(slot.active_pid, 5000);
        begin
          perform pg_drop_replication_slot(slot.slot_name);
          return;
        exception when object_in_use then null;
        end;
      end loop;
      raise 'the slot stays in use';
    end $$`);
    const found = await failure('SLOT_LOST');
    expect(found.message).toMatch(
      /^leader: slot rb_follower1_\w+ is gone, and with it the WAL the copy needs$/,
    );
    expect(await onFollower(`ls -d ${DATA}*`)).toBe(DATA);
    expect(await onFollower(`systemctl is-active pg-runbook-rehearsal-${lost} || true`)).toBe('inactive');
    expect(await oldServerServes()).toBe(true);
    await operator.cli('resume');
    await operator.approveAll();
    await untilSwapGate();
    expect(await slots()).toBe('t|reserved');
  });

  it('is started again when its host comes back, and the gate stays as it is', async () => {
    const unit = `pg-runbook-rehearsal-${await op()}`;
    const { token } = await untilSwapGate();
    await powerCycle();
    await until(
      'the rehearsal',
      async () =>
        (await onFollower(`systemctl is-active ${unit} || true`)) === 'active' &&
        (await slots()) === 't|reserved',
      120_000,
    );
    expect((await untilSwapGate()).token).toBe(token);
    await operator.approve('swap-follower/follower1');
    const view = await operator.until('the end of the run', (seen) => seen.outcome !== undefined && seen);
    expect(view.outcome).toBe('done');
    expect(view.followers.follower1?.summary?.downtimeMs).toBeGreaterThan(0);
  });

  it('leaves nothing behind', async () => {
    expect(await onFollower("systemctl list-units --all --plain --no-legend 'pg-runbook-*' | wc -l")).toBe(
      '0',
    );
    expect(await onFollower('ls /run | grep -c pg-runbook || true')).toBe('0');
    expect(await onLeader('select count(*) from pg_stat_replication')).toBe('1');
  });

  function untilSwapGate(): Promise<Gate> {
    return operator.until('the gate before the swap', ({ followers }) =>
      followers.follower1?.gates.find(
        ({ id, decision }) => id.startsWith('swap-follower') && decision === undefined,
      ),
    );
  }

  async function powerCycle(): Promise<void> {
    for (const verb of ['power-cut', 'boot']) {
      const { code, stderr } = await labCommand(home, [verb, 'follower1']);
      if (code !== 0) throw new Error(stderr);
    }
    await until('its server after the boot', () => oldServerServes().catch(() => false));
  }
});
