import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { Operator, psql, resetLab, type View } from './support/operator.js';
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
    await operator.until('the gate before the swap', ({ followers }) =>
      followers.follower1?.gates.some(
        ({ id, decision }) => id.startsWith('swap-follower') && decision === undefined,
      ),
    );
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

  it('is not needed by the swap: its host may go down before', async () => {
    const unit = `pg-runbook-rehearsal-${await op()}`;
    await powerCycle();
    expect(await onFollower(`systemctl is-active ${unit} || true`)).toBe('inactive');
    await operator.approve('swap-follower/follower1');
    // The leader holds the slot for its lost connection until it notices.
    const view = await operator.until(
      'the end of the run',
      (seen) => seen.outcome !== undefined && seen,
      150_000,
    );
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

  async function powerCycle(): Promise<void> {
    for (const verb of ['power-cut', 'boot']) {
      const { code, stderr } = await labCommand(home, [verb, 'follower1']);
      if (code !== 0) throw new Error(stderr);
    }
    await until('its server after the boot', () => oldServerServes().catch(() => false));
  }
});
