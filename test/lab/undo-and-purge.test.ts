import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeOnLeader } from './support/made-on-leader.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { commandsOf, journalOf, plannedOn, planOf } from './support/plan-and-journal.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';

/** All that an undo has to bring back, as text. */
const FORMER = `
cd /
q() { setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -d postgres -c "$1"; }
stat -c '%n %i %U %a' /var/lib/postgresql/15/main
find /etc/postgresql -type f -exec sha256sum {} + -exec stat -c '%n %U %a' {} + | sort
cat /etc/postgresql/15/main/start.conf
systemctl is-active postgresql@15-main
find /var/lib/postgresql/.pg-runbook 2>/dev/null
q "select system_identifier, pg_is_in_recovery() from pg_control_system()"
q "select rolname, rolpassword from pg_authid order by 1"
q "select slot_name from pg_replication_slots"
setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/pg_dumpall -h /var/run/postgresql --no-sync | grep -v -e '^--' -e restrict | sha256sum
`;

const MADE_ON_LEADER = madeOnLeader('/etc/postgresql/15/main');

describe('undo and purge', () => {
  const home = sharedLab();
  let operator: Operator;
  let former = '';
  let leaderBefore = '';

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    await operator.up();
    await psql(home, 'follower1', 'create role clerk login');
    await psql(home, 'follower1', 'create database legacy');
    await psql(
      home,
      'follower1',
      'create table orders as select id, md5(id::text) as text from generate_series(1, 5000) id',
      'legacy',
    );
    former = await operator.on('follower1', FORMER);
    leaderBefore = await operator.on('leader', MADE_ON_LEADER);
  });
  afterAll(() => operator.close());

  /** A set-up of a follower that has data of its own. */
  async function setUp(): Promise<void> {
    await operator.startApproved();
    await operator.until('the gate before the swap', (view) =>
      view.followers.follower1?.gates.some(
        ({ id, decision }) => id === 'swap-follower/follower1' && !decision,
      ),
    );
    await operator.approve('swap-follower/follower1');
    await closed('done');
  }

  async function closed(outcome: string): Promise<void> {
    await operator.cli('wait', '--for', 'closed', '--timeout', '60s');
    const view = await operator.view();
    expect(view.outcome, JSON.stringify(view, null, 1)).toBe(outcome);
  }

  const aside = (): Promise<string> =>
    operator.on('follower1', 'cd /var/lib/postgresql/15 && ls -d main.* 2>/dev/null | sed "s/-.*//" | xargs');

  async function journalHoldsThePlan(): Promise<void> {
    const plan = await planOf(operator);
    for (const host of ['leader', 'follower1'])
      expect(commandsOf(await journalOf(operator, plan, host)).slice(-plannedOn(plan, host).length)).toEqual(
        plannedOn(plan, host),
      );
  }

  it('has nothing to undo or purge before a run', async () => {
    for (const command of ['undo', 'purge']) {
      const outcome = await operator.cli(command);
      expect(outcome).toMatchObject({ code: 0 });
      expect(outcome.stdout).toContain(`nothing to ${command}`);
    }
  });

  it('puts the former data back, as it was', async () => {
    await setUp();
    expect((await operator.ok('show')).stdout).toContain('runbook undo');
    expect((await operator.cli('undo')).code).toBe(3);
    const { stdout: card } = await operator.cli('show');
    expect(card).toContain('Put the former data of follower1 back');
    expect((await operator.cli('start')).stderr).toContain('RUN_OPEN');
    await operator.approve('undo-replacement/follower1');
    await closed('done');
    // Debian's unit counts as started seconds after its server answers.
    await until('the unit is active', async () => {
      const state = await operator.on('follower1', 'systemctl is-active postgresql@15-main || true');
      return state === 'active';
    });
    expect(await operator.on('follower1', FORMER)).toBe(former);
    expect(await operator.on('leader', MADE_ON_LEADER)).toBe(leaderBefore);
    expect(await aside()).toBe('main.displaced');
    for (const host of ['leader', 'follower1'])
      expect(await operator.on(host, 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
    await journalHoldsThePlan();
  });

  it('has nothing to undo a second time', async () => {
    const again = await operator.cli('undo');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/follower1: operation [0-9a-f]{8} was undone at/);
    expect(await operator.on('follower1', FORMER)).toBe(former);
  });

  it('refuses to undo a follower that was promoted, and touches nothing', async () => {
    await setUp();
    await psql(home, 'follower1', 'select pg_promote()');
    const before = await operator.on('follower1', 'ls -lid /var/lib/postgresql/15/*');
    expect((await operator.cli('undo')).code).toBe(3);
    const parked = await operator.until('parked', (view) => view.followers.follower1?.failure);
    expect(parked.code).toBe('FOLLOWER_PROMOTED');
    expect((await operator.cli('purge')).stderr).toContain('RUN_OPEN');
    await operator.cli('resume', '--abort');
    await closed('aborted');
    expect((await operator.cli('purge')).code).toBe(3);
    const kept = await operator.until('parked', (view) => view.followers.follower1?.failure);
    expect(kept.code).toBe('NOT_STREAMING');
    await operator.cli('resume', '--abort');
    await closed('aborted');
    expect(await operator.on('follower1', 'ls -lid /var/lib/postgresql/15/*')).toBe(before);
  });

  it('purges all that was set aside once the follower streams, and nothing else', async () => {
    await setUp();
    expect(await aside()).toBe('main.displaced main.replaced main.replaced');
    await operator.on('follower1', 'mkdir /var/lib/postgresql/15/main.replaced-deadbeef');
    const free = async (): Promise<number> =>
      Number(await operator.on('follower1', 'du -s --block-size=1 /var/lib/postgresql/15 | cut -f1'));
    const before = await free();
    expect((await operator.cli('purge')).code).toBe(3);
    await operator.approve('purge-replaced/follower1');
    await closed('done');
    expect(await operator.on('follower1', 'cd /var/lib/postgresql/15 && echo *')).toBe(
      'main main.replaced-deadbeef',
    );
    expect(before - (await free())).toBeGreaterThan(60_000_000);
    expect((await operator.ok('show')).stdout).toMatch(/MB freed/);
    await journalHoldsThePlan();
    expect(await psql(home, 'follower1', 'select status from pg_stat_wal_receiver')).toBe('streaming');
    for (const host of ['leader', 'follower1'])
      expect(await operator.on(host, 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
    const undo = await operator.cli('undo');
    expect(undo.code).toBe(0);
    expect(undo.stdout).toContain('was purged at');
    expect((await operator.cli('purge')).stdout).toContain('nothing to purge');
  });
});
