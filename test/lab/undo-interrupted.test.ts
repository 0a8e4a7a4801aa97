import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdProgram, untilHeld } from './support/hold-program.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { powerCut } from './support/power-cut.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';

const PARENT = '/var/lib/postgresql/15';
const DATA = `${PARENT}/main`;
const IDENTITY = 'select system_identifier from pg_control_system()';
const ORDERS = "select count(*), md5(string_agg(text, ',' order by id)) from orders";
const GATE = 'undo-replacement/follower1';

/** An undo that power, worker and Temporal leave in its middle, one after the other. */
describe('an undo that is interrupted', () => {
  const home = sharedLab();
  let operator: Operator;
  let worker: ChildProcess;
  let former = { identity: '', orders: '' };

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    await operator.server();
    worker = await operator.worker();
    await psql(home, 'follower1', 'create database legacy');
    await psql(
      home,
      'follower1',
      'create table orders as select id, md5(id::text) as text from generate_series(1, 5000) id',
      'legacy',
    );
    former = {
      identity: await psql(home, 'follower1', IDENTITY),
      orders: await psql(home, 'follower1', ORDERS, 'legacy'),
    };
    await operator.startApproved();
    const swapGate = 'swap-follower/follower1';
    await operator.until('the gate before the swap', ({ followers }) =>
      followers.follower1?.gates.some(({ id, decision }) => id === swapGate && !decision),
    );
    await operator.approve(swapGate);
    await operator.ok('wait', '--for', 'closed', '--timeout', '60s');
  });
  afterAll(() => operator.close());

  const follower = (script: string): Promise<string> => operator.on('follower1', script);
  const directories = (): Promise<string> =>
    follower(`cd ${PARENT} && ls -d main* | sed 's/-[0-9a-f]*$//' | xargs`);
  const runs = (): Promise<string> =>
    psql(home, 'follower1', `select pg_is_in_recovery(), (${IDENTITY})`).catch(() => 'none');
  const cutPowerOnceHeld = async (): Promise<void> => {
    await untilHeld(home, 'follower1', 'mv');
    await operator.kill(worker, 'SIGKILL');
    await powerCut(home, 'follower1');
  };

  it('by a power cut before the first rename is on disk: the follower is back, or nothing runs', async () => {
    await holdProgram(home, 'follower1', 'mv', 'after', `*${DATA}\\ *.displaced-*`);
    expect((await operator.cli('undo')).code).toBe(3);
    await operator.approve(GATE);
    await cutPowerOnceHeld();
    const leaderIs = await psql(home, 'leader', IDENTITY);
    const seen = { directories: await directories(), runs: await runs() };
    expect([
      { directories: 'main main.replaced', runs: `t|${leaderIs}` },
      { directories: 'main.displaced main.replaced', runs: 'none' },
    ]).toContainEqual(seen);
  });

  it('by a power cut between its renames: nothing runs', async () => {
    await holdProgram(home, 'follower1', 'mv', 'before', `*.replaced-*\\ ${DATA}`);
    worker = await operator.worker();
    await cutPowerOnceHeld();
    expect({ directories: await directories(), runs: await runs() }).toEqual({
      directories: 'main.displaced main.replaced',
      runs: 'none',
    });
    expect(await follower('pgrep -c -x postgres || true')).toBe('0');
  });

  it('and is started again: it finds where it stood, asks, and ends', async () => {
    worker = await operator.worker();
    const again = await operator.cli('resume', '--restart');
    expect(again.code, again.stdout + again.stderr).toBe(3);
    await operator.until('the gate is asked again', ({ followers }) =>
      followers.follower1?.gates.some(({ id, decision }) => id === GATE && !decision),
    );
    await operator.approve(GATE);
    await operator.ok('wait', '--for', 'closed', '--timeout', '60s');
    const view = await operator.view();
    expect(view.outcome, JSON.stringify(view, null, 1)).toBe('done');
  });

  it('leaves the old server with its data, one server, and nothing on the leader', async () => {
    expect(await directories()).toBe('main main.displaced');
    expect(await runs()).toBe(`f|${former.identity}`);
    expect(await psql(home, 'follower1', ORDERS, 'legacy')).toBe(former.orders);
    expect(await follower(`cd / && head -n 1 ${DATA}/postmaster.pid; pgrep -P 1 -x postgres`)).toMatch(
      /^(\d+)\n\1$/,
    );
    await until('the unit is active', async () => {
      const state = await follower('systemctl is-active postgresql@15-main || true');
      return state === 'active';
    });
    const left = `select count(*) from pg_replication_slots union all
                  select count(*) from pg_roles where rolname like 'replication%'`;
    expect(await psql(home, 'leader', left)).toBe('0\n0');
    for (const host of ['leader', 'follower1'])
      expect(await operator.on(host, 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
    const nothing = await operator.cli('undo');
    expect(nothing.code).toBe(0);
    expect(nothing.stdout).toMatch(/follower1: operation [0-9a-f]{8} was undone at/);
  });
});
