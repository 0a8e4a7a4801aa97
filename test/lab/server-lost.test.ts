import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { isProcessAlive } from '../../server/file-lock.mjs';
import { readServerJson } from '../../server/server-json.js';
import { countBaseBackups, countEffects, type Effects } from './support/count-effects.js';
import { expectReplicating } from './support/expect-replicating.js';
import { KillableServer } from './support/killable-server.js';
import { Operator, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';

const WIPE = 'wipe-follower/follower1';

/** What is waited for does not depend on the server's life; what is on the hosts not even on its database's. */
describe('a Temporal server that is killed', () => {
  const home = sharedLab();
  let operator: Operator;
  let server: KillableServer;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    server = new KillableServer(operator.stateHome);
    await server.start();
    await operator.worker();
  });
  afterAll(async () => {
    await operator.close();
    await server.stop();
  });

  const killAndStart = async (): Promise<void> => {
    await server.kill();
    await server.start();
  };
  const conf = '/etc/postgresql/15/main/conf.d/50-somebody.conf';

  it('at a park: the failure waits, and the answer goes on with it', async () => {
    await operator.on(
      'follower1',
      `install -o postgres -m 644 /dev/null ${conf}; echo hot_standby = off >${conf}`,
    );
    expect((await operator.cli('start')).code).toBe(3);
    const parked = await operator.until('the park', ({ followers }) => followers['follower1']?.failure);
    expect(parked.code).toBe('RECOVERY_LEFTOVERS');
    await killAndStart();
    const again = await operator.until('the same park', ({ followers }) => followers['follower1']?.failure);
    expect(again).toEqual(parked);
    await operator.on('follower1', `rm ${conf}`);
    await operator.cli('resume');
  });

  it('at a gate: the card stays the same, and its approval is enough', async () => {
    const open = await operator.until('the gate', ({ followers }) =>
      followers['follower1']?.gates.find(({ id, decision }) => id === WIPE && decision === undefined),
    );
    await killAndStart();
    const again = await operator.until('the same gate', ({ followers }) =>
      followers['follower1']?.gates.find(({ id, decision }) => id === WIPE && decision === undefined),
    );
    expect(again).toEqual(open);
    await operator.approve('change-leader');
    await operator.approve(WIPE);
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect((await operator.view()).outcome).toBe('done');
    await expectReplicating(home, 'follower1');
  });
});

describe('a Temporal server that is lost altogether', () => {
  const home = sharedLab();
  let operator: Operator;
  let before: Effects;
  let [server, worker]: ChildProcess[] = [];

  beforeAll(async () => {
    await resetLab(home);
    await countBaseBackups(home);
    before = await countEffects(home, 'follower1');
    operator = new Operator(home);
    // Until all is lost that can be, however long that takes.
    await lab('slow', 'leader', '5mbit');
    await begin();
  });
  afterAll(() => operator.close());

  async function lab(...args: string[]): Promise<void> {
    const { code, stderr } = await labCommand(home, args);
    if (code !== 0) throw new Error(stderr);
  }
  async function begin(): Promise<void> {
    server = await operator.server();
    worker = await operator.worker();
  }
  /** Server and worker are gone at once; `what` of the server's files with them. */
  async function lose(what: string): Promise<void> {
    const pid = readServerJson(operator.stateHome)?.pid;
    if (pid === undefined) throw new Error('there is no server to lose');
    for (const child of [worker, server]) if (child !== undefined) await operator.kill(child, 'SIGKILL');
    process.kill(pid, 'SIGKILL'); // without its starter it would take its time, and write into what is removed here
    await until('the server is gone', () => Promise.resolve(!isProcessAlive(pid)));
    await operator.forgetServer();
    rmSync(join(operator.stateHome, what), { recursive: true, force: true });
  }
  const copyProcess = (): Promise<string> =>
    operator.on(
      'follower1',
      'pid=$(pgrep -o -x pg_basebackup) && echo "$pid $(cut -d" " -f22 /proc/$pid/stat)"',
    );
  const gatesOpen = (): Promise<boolean> =>
    operator.until('the gates', ({ followers }) =>
      followers['follower1']?.gates.some(({ id, decision }) => id === WIPE && decision === undefined),
    );
  let copy: string;

  it('with its database at a gate: the next run asks anew, and nothing is left of the first', async () => {
    await operator.cli('start');
    await gatesOpen();
    await lose('temporal.db');
    await begin();
    expect((await operator.cli('show')).code).toBe(6);
    expect(await operator.on('follower1', 'ls /var/lib/pg-runbook 2>/dev/null || true')).toBe('');
    await operator.startApproved();
    await operator.until('the copy', ({ progress }) => progress?.follower1?.phase === 'copying');
    copy = await copyProcess();
  });

  it('with its database in the copy: the next run adopts the operation, and the copy goes on', async () => {
    await lose('temporal.db');
    await begin();
    await operator.cli('start');
    await gatesOpen();
    expect((await operator.view()).followers['follower1']?.class).toBe('partial');
    await operator.approveAll();
    await operator.until('the copy', ({ progress }) => progress?.follower1?.phase === 'copying');
    expect(await copyProcess()).toBe(copy);
  });

  it('with all that tells whose it was: taken over host by host, and the copy goes on', async () => {
    await lose('.');
    await begin();
    expect((await operator.cli('start')).code).toBe(3);
    for (const host of ['leader', 'follower1']) {
      const failure = await operator.until(
        `${host} parks`,
        ({ leader, followers }) => (host === 'leader' ? leader : followers[host])?.failure,
      );
      expect(failure).toMatchObject({
        code: 'HOST_CLAIMED',
        message: expect.stringContaining(host) as string,
      });
      const refused = await operator.cli('resume', '--take-over');
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('was not typed') as string });
      await operator.cli('resume', '--take-over', '--confirm', host, '--by', 'alice');
    }
    await gatesOpen();
    expect(await copyProcess()).toBe(copy);
    await operator.approveAll();
    await lab('slow', 'leader', 'off');
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect((await operator.view()).outcome).toBe('done');
    await expectReplicating(home, 'follower1');
    expect(await countEffects(home, 'follower1')).toMatchObject({
      baseBackups: 1,
      jobs: 1,
      slots: 1,
      hbaLines: 1,
      roles: 1,
      leaderStarts: before.leaderStarts + 1,
      replaced: 1,
    });
    for (const host of ['leader', 'follower1'])
      expect(await operator.on(host, 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
  });
});
