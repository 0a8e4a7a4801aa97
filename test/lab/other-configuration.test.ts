import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectReplicating } from './support/expect-replicating.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';

/** In the lab's network, but no host of it. */
const nobodyAt = (address: unknown): string => String(address).replace(/\.\d+$/, '.200');

describe('a run with a wrong address of the leader', () => {
  const home = sharedLab();
  let operator: Operator;
  let right: unknown;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig(({ leader }) => {
      right = leader['address'];
      leader['address'] = nobodyAt(right);
    });
    await operator.up();
  });
  afterAll(() => operator.close());

  const slots = (): Promise<string> => psql(home, 'leader', 'select count(*) from pg_replication_slots');

  it('stops before there is a slot or a copy, and says what to do', async () => {
    await operator.startApproved();
    const failure = await operator.until('parked', (view) => view.followers.follower1?.failure);
    expect(failure).toMatchObject({ code: 'ACCESS_DENIED' });
    expect(failure.message).toContain(nobodyAt(right));
    expect(await slots()).toBe('0');
  });

  it('takes the corrected file, and asks again for what is another plan now', async () => {
    operator.writeConfig(() => undefined);
    const start = await operator.cli('start');
    expect(start.stderr).toContain('RUN_OPEN_WITH_OTHER_CONFIG');
    const { stderr } = await operator.cli('resume', '--config', operator.configFile, '--by', 'alice');
    expect(stderr).toContain('follower1: planned again with');
    await operator.until('the gate is asked again', ({ followers }) =>
      followers.follower1?.gates.some(({ decision }) => decision === undefined),
    );
    expect(await slots()).toBe('0');
  });

  it('begins nothing while it is held, and ends right once it is released', async () => {
    await operator.ok('hold', '--reason', 'drill', '--by', 'bob');
    await operator.approveAll();
    const { stdout } = await operator.cli('show');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/bob, .* ago: drill; no new step begins/);
    expect(await slots()).toBe('0');
    await operator.ok('release', '--by', 'bob');
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect((await operator.view()).outcome).toBe('done');
    await expectReplicating(home, 'follower1');
  });

  it('leaves nobody let in by, nor going to the wrong address', async () => {
    const files = '/etc/postgresql/15/main/pg_hba.conf /var/lib/postgresql/15/main/postgresql.auto.conf';
    for (const host of ['leader', 'follower1'])
      expect(
        await operator.on(
          host,
          `grep -F ${nobodyAt(right)} ${files} /var/lib/postgresql/.pg-runbook/* || true`,
        ),
      ).toBe('');
    expect(
      await psql(home, 'leader', "select count(*) from pg_roles where rolname like 'replication%'"),
    ).toBe('1');
    expect(await operator.on('leader', 'grep -c "# follower1$" /etc/postgresql/15/main/pg_hba.conf')).toBe(
      '1',
    );
    expect(await slots()).toBe('1');
    // What the server listens on only grows: nobody but its owner knows what an address is for.
    expect(await psql(home, 'leader', 'show listen_addresses')).toContain(String(right));
  });
});
