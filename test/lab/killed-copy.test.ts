import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { CopyWatch } from './support/copy-watch.js';
import { countBaseBackups, countEffects, type Effects } from './support/count-effects.js';
import { expectReplicating } from './support/expect-replicating.js';
import { KillableServer } from './support/killable-server.js';
import { Operator, resetLab } from './support/operator.js';
import { SeededRandom } from './support/seeded-random.js';
import { sharedLab } from './support/shared-lab.js';

const KILLS = 10;

/**
 * One throttled copy, and everything between the operator and it killed at random moments: ten times the
 * worker, ten times the ssh connections of both hosts, ten times the Temporal server.
 */
describe('a copy whose runbook is killed thirty times', () => {
  const home = sharedLab();
  const random = new SeededRandom();
  let operator: Operator;
  let server: KillableServer;
  let watch: CopyWatch | undefined;
  let before: Effects;

  beforeAll(async () => {
    await resetLab(home);
    await countBaseBackups(home);
    before = await countEffects(home, 'follower1');
    operator = new Operator(home);
    // Until all kills are done, however long they take.
    await lab('slow', 'leader', '5mbit');
    server = new KillableServer(operator.stateHome);
    await server.start();
  });
  afterAll(async () => {
    await watch?.stop();
    await operator.close();
    await server.stop();
  });

  const lab = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await labCommand(home, args);
    if (code !== 0) throw new Error(stderr);
  };
  /** The pid and start time of the one pg_basebackup. */
  const copyProcess = (): Promise<string> =>
    operator.on(
      'follower1',
      'pid=$(pgrep -o -x pg_basebackup) && echo "$pid $(cut -d" " -f22 /proc/$pid/stat)"',
    );

  it('stays one and the same pg_basebackup, whose bytes never go back', async () => {
    await random.named(async () => {
      let worker = await operator.worker();
      await operator.startApproved();
      watch = new CopyWatch(operator.stateHome, 'follower1');
      await expect.poll(() => watch?.last?.phase, { timeout: 30_000 }).toBe('copying');
      const copy = await copyProcess();

      for (let kill = 0; kill < KILLS; kill += 1) {
        await sleep(random.between(0, 2_000));
        await operator.kill(worker, 'SIGKILL');
        worker = await operator.worker();
      }
      expect(await copyProcess()).toBe(copy);

      for (let kill = 0; kill < KILLS; kill += 1) {
        await sleep(random.between(0, 1_200));
        const hosts = kill % 2 === 0 ? ['follower1'] : ['follower1', 'leader'];
        for (const host of hosts) await operator.on(host, 'kill -KILL $(pgrep -f "^sshd: ops") || true');
      }
      expect(await copyProcess()).toBe(copy);

      for (let kill = 0; kill < KILLS; kill += 1) {
        await sleep(random.between(0, 1_200));
        await server.kill();
        await sleep(random.between(0, 500));
        await server.start();
      }
      expect(await copyProcess()).toBe(copy);
    });
  });

  it('ends right', async () => {
    await lab('slow', 'leader', 'off');
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    await watch?.stop();
    const view = await operator.view();
    expect(view.outcome).toBe('done');
    await expectReplicating(home, 'follower1');
  });

  it('was attached to again and again, and told of one job whose bytes grew', () => {
    const beats = watch?.heartbeats ?? [];
    expect(new Set(beats.map(({ job }) => job)).size).toBe(1);
    expect(new Set(beats.map(({ attempt }) => attempt)).size).toBeGreaterThan(3);
    const bytes = beats.map(({ bytesDone }) => bytesDone);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(new Set(bytes).size).toBeGreaterThan(3);
  });

  it('had each effect exactly once, counted on the hosts', async () => {
    expect(before).toMatchObject({ baseBackups: 0, jobs: 0, slots: 0, hbaLines: 0, roles: 0, replaced: 0 });
    expect(await countEffects(home, 'follower1')).toEqual({
      baseBackups: 1,
      jobs: 1,
      slots: 1,
      hbaLines: 1,
      roles: 1,
      leaderStarts: before.leaderStarts + 1,
      replaced: 1,
      incoming: 0,
    });
  });
});
