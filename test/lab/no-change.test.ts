import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';
import { snapshots } from './support/snapshot.js';

/** Plan, open gates and rejection: nothing on either host is changed before a person has approved it. */
describe('before an approval', () => {
  const home = sharedLab();
  let operator: Operator;
  let before: Record<string, string>;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    before = await snapshots(home);
    await operator.up();
  });
  afterAll(() => operator.close());

  it('plan changes nothing', async () => {
    const plan = await operator.ok('plan');
    expect(plan.stdout).toContain('wipe-follower/follower1');
    expect(await snapshots(home)).toEqual(before);
  });

  it('at open gates the leader has no slot, and nothing is changed', async () => {
    expect((await operator.program('start')).code).toBe(3);
    await operator.until(
      'two open gates',
      (view) => view.leader.gates.length === 1 && view.followers.follower1?.gates.length === 1,
    );
    expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('0');
    expect(await snapshots(home)).toEqual(before);
  });

  it('a wrong name, another fingerprint and a missing reason are refused', async () => {
    const fingerprint = (await operator.view()).followers.follower1?.gates[0]?.fingerprint.slice(0, 12) ?? '';
    const gate = ['--gate', 'wipe-follower/follower1'];
    const wrongName = await operator.program(
      'approve',
      ...gate,
      '--confirm',
      'leader',
      '--fingerprint',
      fingerprint,
    );
    expect(wrongName).toMatchObject({ code: 3, stderr: expect.stringContaining('NAME_MISMATCH') as string });
    const stale = await operator.program(
      'approve',
      ...gate,
      '--confirm',
      'follower1',
      '--fingerprint',
      '000000000000',
    );
    expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining('GATE_CHANGED') as string });
    expect(stale.stderr).toMatch(/hint: /);
    const noReason = await operator.program('reject', ...gate);
    expect(noReason).toMatchObject({ code: 2, stderr: expect.stringContaining('REASON_MISSING') as string });
    expect((await operator.view()).phase).toBe('waiting');
  });

  it('start with another configuration is refused while the run is open', async () => {
    operator.writeConfig((config) => {
      config.replication.slotWalLimit = '2GB';
    });
    const other = await operator.program('start');
    expect(other).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('RUN_OPEN_WITH_OTHER_CONFIG') as string,
    });
    operator.writeConfig(() => undefined);
    const same = await operator.program('start');
    expect(same.code).toBe(3);
    expect(same.stdout + same.stderr).toMatch(/open/);
  });

  it('a rejected run leaves both hosts as they were', async () => {
    await operator.ok('reject', '--gate', 'wipe-follower/follower1', '--reason', 'not tonight');
    const closed = await operator.program('wait', '--for', 'closed', '--timeout', '30s');
    expect(closed.code).toBe(4);
    expect((await operator.view()).outcome).toBe('rejected');
    expect(await snapshots(home)).toEqual(before);
  });
});
