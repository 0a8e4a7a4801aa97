import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectReplicating } from '../lab/support/expect-replicating.js';
import { holdProgram, untilHeld } from '../lab/support/hold-program.js';
import { Operator, psql, resetLab } from '../lab/support/operator.js';
import { powerCut } from '../lab/support/power-cut.js';
import { sharedLab } from '../lab/support/shared-lab.js';

const PARENT = '/var/lib/postgresql/15';
const DATA = `${PARENT}/main`;
const IDENTITY = 'select system_identifier from pg_control_system()';
const WRITABLE_START = 'database system is ready to accept connections';

/**
 * Right after a rename and before it is synced, the power goes: the disk may show the rename or not. The worker
 * goes first, so that nothing happens to the host before the test has looked at it.
 */
describe('a power cut right after a rename of the swap', () => {
  const home = sharedLab();
  let operator: Operator;
  let worker: ChildProcess;
  let oldIdentity = '';
  let writableStarts = 0;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    await operator.server();
    worker = await operator.worker();
    oldIdentity = await psql(home, 'follower1', IDENTITY);
  });
  afterAll(() => operator.close());

  const follower = (script: string): Promise<string> => operator.on('follower1', script);
  const directories = (): Promise<string> =>
    follower(`cd ${PARENT} && ls -d main* | sed 's/-[0-9a-f]*$//' | xargs`);
  const runs = (): Promise<string> =>
    psql(home, 'follower1', `select pg_is_in_recovery(), (${IDENTITY})`).catch(() => 'none');
  const countWritableStarts = async (): Promise<number> =>
    Number(await follower(`cat /var/log/postgresql/*.log | grep -c '${WRITABLE_START}$' || true`));
  const cutPowerOnceHeld = async (): Promise<void> => {
    await untilHeld(home, 'follower1', 'mv');
    await operator.kill(worker, 'SIGKILL');
    await powerCut(home, 'follower1');
  };

  it('of the old directory: the old server is back, whole, or nothing runs', async () => {
    await holdProgram(home, 'follower1', 'mv', 'after', `*${DATA}\\ *.replaced-*`);
    await operator.startApproved();
    await cutPowerOnceHeld();
    const seen = { directories: await directories(), runs: await runs() };
    expect([
      { directories: 'main main.incoming', runs: `f|${oldIdentity}` },
      { directories: 'main.incoming main.replaced', runs: 'none' },
    ]).toContainEqual(seen);
    await follower('sync'); // its log, which is counted in the end
    writableStarts = await countWritableStarts();
  });

  it('of the copy: nothing runs, or the copy as a follower, and the swap goes on', async () => {
    await holdProgram(home, 'follower1', 'mv', 'after', `*.incoming-*\\ ${DATA}`);
    worker = await operator.worker();
    await cutPowerOnceHeld();
    const leaderIs = await psql(home, 'leader', IDENTITY);
    const seen = { directories: await directories(), runs: await runs() };
    expect([
      { directories: 'main.incoming main.replaced', runs: 'none' },
      { directories: 'main main.replaced', runs: `t|${leaderIs}` },
    ]).toContainEqual(seen);
  });

  it('the run ends right, and the copy never took a write of its own', async () => {
    worker = await operator.worker();
    await operator.ok('wait', '--for', 'closed', '--timeout', '90s');
    expect((await operator.view()).outcome).toBe('done');
    expect(await directories()).toBe('main main.replaced');
    await expectReplicating(home, 'follower1');
    expect(await countWritableStarts()).toBe(writableStarts);
    expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('1');
    expect(await follower('ls /var/lib/pg-runbook/jobs/*')).toBe('1');
  });
});
