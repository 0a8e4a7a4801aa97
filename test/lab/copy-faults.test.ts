import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import { countEffects, type Effects } from './support/count-effects.js';
import { expectReplicating } from './support/expect-replicating.js';
import { holdProgram, untilHeld } from './support/hold-program.js';
import { KillPoints } from './support/kill-points.js';
import { Operator, psql } from './support/operator.js';
import { until } from './support/until.js';

const DATA = '/var/lib/postgresql/15/main';
const BOTH = ['follower1', 'follower2'];
const IDENTITY = 'select system_identifier from pg_control_system()';
const WRITABLE_START = 'database system is ready to accept connections';

/**
 * One run, two followers that are copied at the same time, and what happens to machines. The leader's faults meet
 * both; then follower1 has what befalls networks and power, follower2 what befalls programs and disks.
 */
describe('faults in the middle of a copy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbook-test-lab-'));
  const home = join(directory, 'lab');
  const points = new KillPoints(join(directory, 'points'));
  let operator: Operator;
  let before: Effects;
  let oldIdentity = '';
  /** The job of follower1 that met the partition. */
  let partitioned = 0;
  /** Boots after which follower1's old server must have come up, and nothing else. */
  let startsOfTheOld = 0;

  const lab = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await labCommand(home, args, { cwd: directory });
    if (code !== 0) throw new Error(stderr);
  };
  beforeAll(async () => {
    await lab('up', '--hosts', 'leader,follower1,follower2', '--sample', '30MB');
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { concurrency: 2 };
    });
    for (const name of BOTH) await lab('slow', name, '8mbit');
    before = await countEffects(home, 'follower1');
    oldIdentity = await psql(home, 'follower1', IDENTITY);
    startsOfTheOld = await writableStarts();
    // The slot is there, and nobody was told.
    points.order('kill after ensureSlot/follower2#2');
    await operator.server();
    await operator.killingWorker(join(directory, 'points'));
  });
  afterAll(async () => {
    try {
      await operator.close();
    } finally {
      await lab('destroy');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const writableStarts = async (): Promise<number> =>
    Number(await operator.on('follower1', `cat /var/log/postgresql/*.log | grep -c '${WRITABLE_START}$'`));
  const newestJob = (follower: string): Promise<string> =>
    operator.on(follower, 'ls /var/lib/pg-runbook/jobs/* 2>/dev/null | sort -n | tail -n 1');
  /** The number of the job whose copy is under way, some files of it whole: a newer one than `former`. */
  const copying = (follower: string, former = 0): Promise<number> =>
    until(
      `a copy on ${follower} after number ${String(former)}`,
      async () => {
        const job = Number(await newestJob(follower));
        const files = await operator.on(
          follower,
          `find ${DATA}.incoming-*/base -type f -size +15k 2>/dev/null | sed -n 5p`,
        );
        return job > former && files !== '' && job;
      },
      90_000,
    );
  const logOf = (follower: string, job: number): Promise<string> =>
    operator.on(follower, `cat /var/lib/pg-runbook/jobs/*/${String(job)}/log`);
  /** A fault meets copies: they break off, that is told, and they begin again when nothing is in the way any more. */
  const beginAgain = async (
    names: string[],
    { message, log }: { message: string; log?: RegExp },
    fault: () => Promise<void>,
  ): Promise<void> => {
    const former = await Promise.all(names.map((name) => copying(name)));
    const { retry: known } = await operator.view();
    // Asked for from before the fault on: what is told next may be that the leader takes no connections yet.
    const told = names.map((name) =>
      operator.until(`${name} tells why it begins again`, ({ retry }) => {
        const { attempt = 1, code, message: seen } = retry?.[name] ?? {};
        const isNew = attempt > (known?.[name]?.attempt ?? 1);
        return isNew && code === 'COPY_INTERRUPTED' && seen === `${name}: ${message}`;
      }),
    );
    await Promise.all([fault(), ...told]);
    for (const [index, name] of names.entries()) {
      const job = former[index] ?? 0;
      await copying(name, job);
      if (log !== undefined) expect(await logOf(name, job)).toMatch(log);
      expect(await operator.on(name, `ls /var/lib/pg-runbook/jobs/*/${String(job)}`)).toContain('closed');
    }
  };
  const asks = (name: string) =>
    operator.until(
      `${name} asks`,
      ({ followers }) => followers[name]?.phase === 'BLOCKED' && followers[name],
      90_000,
    );
  /** Its exit status tells of the other follower as well, which may ask for something at that moment. */
  const resume = async (name: string): Promise<void> => {
    const { stderr } = await operator.cli('resume', '--follower', name, '--by', 'alice');
    expect(stderr).toContain(`${name}: retry`);
  };
  /** follower2 has its old server, and nothing of a copy. */
  const leftAsItWas = async (): Promise<void> => {
    expect(await operator.on('follower2', `ls -d ${DATA}*`)).toBe(DATA);
    expect(await psql(home, 'follower2', 'select pg_is_in_recovery()')).toBe('f');
  };
  /** Power off and on again; then whatever runs on follower1 is its old server, whole, or nothing. */
  const cutPower = async (servesItsOldData: boolean): Promise<void> => {
    await lab('power-cut', 'follower1');
    await lab('boot', 'follower1');
    const runs = await psql(home, 'follower1', `select pg_is_in_recovery(), (${IDENTITY})`).catch(
      () => 'none',
    );
    expect(runs).toBe(servesItsOldData ? `f|${oldIdentity}` : 'none');
    if (servesItsOldData) startsOfTheOld += 1;
    else expect(await operator.on('follower1', 'pgrep -c -x postgres || true')).toBe('0');
    await operator.on('follower1', 'sync'); // its log, which is counted in the end
  };

  describe('of the leader', () => {
    it('a fast restart: both copies break off and begin again by themselves', async () => {
      await operator.startApproved();
      await Promise.all(BOTH.map((name) => copying(name)));
      expect(points.reached).toEqual(['after ensureSlot/follower2#2']);
      expect(new Map(points.effects).get('ensureSlot/follower2#2')).toContain(
        'pg_create_physical_replication_slot',
      );
      const log = /could not read COPY data|COPY stream ended|replication stream was terminated/;
      await beginAgain(BOTH, { message: 'pg_basebackup failed', log }, async () => {
        await operator.on('leader', 'pg_ctlcluster 15 main restart -m fast');
      });
    });

    it('a power cut: the slots are there again, and the copies begin again by themselves', async () => {
      const log = /could not read COPY data|could not receive data/;
      await beginAgain(BOTH, { message: 'pg_basebackup failed', log }, async () => {
        await operator.on('leader', 'sync'); // its log, which is counted in the end
        await lab('power-cut', 'leader');
        await lab('boot', 'leader');
      });
      expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('2');
    });
  });

  describe('of programs and disks', () => {
    it('kill -9 of pg_basebackup: nothing of it is left, and a person is asked', async () => {
      await lab('partition', 'follower1', 'leader'); // takes its time, see below
      partitioned = await copying('follower1');
      const killed = await copying('follower2');
      await operator.on('follower2', 'kill -KILL "$(pgrep -o -x pg_basebackup)"');
      const { failure } = await asks('follower2');
      expect(failure?.code).toBe('COPY_FAILED');
      expect(failure?.message).toMatch(/^follower2: pg_basebackup /);
      expect(await operator.on('follower2', 'pgrep -c pg_basebackup || true')).toBe('0');
      await leftAsItWas();
      await resume('follower2');
      await copying('follower2', killed);
      // The copy and its WAL receiver, on both sides, and no orphan beside them.
      expect(await operator.on('follower2', 'pgrep -c -x pg_basebackup')).toBe('2');
      const op = await operator.on('follower2', 'ls /var/lib/pg-runbook/jobs');
      expect(
        await psql(
          home,
          'leader',
          `select count(*) from pg_stat_replication where application_name = 'rb-copy-${op}'`,
        ),
      ).toBe('2');
    });

    it('a flipped bit: the copy is refused and removed, the old server runs, a person is asked', async () => {
      await operator.on(
        'follower2',
        `f=$(find ${DATA}.incoming-*/base -type f -size +15k -printf '%T@ %p\\n' | sort -n | sed -n '1s/^[^ ]* //p')
         byte=$(dd if="$f" bs=1 skip=10000 count=1 status=none | od -An -tu1 | tr -d ' ')
         printf "\\\\$(printf %o $((byte ^ 1)))" | dd of="$f" bs=1 seek=10000 conv=notrunc status=none`,
      );
      await lab('slow', 'follower2', 'off');
      const { failure } = await asks('follower2');
      expect(failure).toMatchObject({
        code: 'VERIFY_FAILED',
        message: 'follower2: the copy does not match its manifest',
      });
      expect(failure?.detail).toContain('checksum mismatch for file "base/');
      await leftAsItWas();
      await resume('follower2');
      await operator.until('follower2 is done', ({ followers }) => followers.follower2?.phase === 'done');
      await expectReplicating(home, 'follower2');
    });
  });

  describe('of network and power', () => {
    it('a partition: pg_basebackup gives up by itself, and begins again when the network is there', async () => {
      await until(
        'the copy has failed',
        async () => (await logOf('follower1', partitioned)).includes('error:') || undefined,
        60_000,
      );
      expect(await logOf('follower1', partitioned)).toMatch(/error: .*timed out/);
      await lab('heal');
      await copying('follower1', partitioned);
      const { retry } = await operator.view();
      expect(retry?.follower1).toMatchObject({ step: 'takeBaseBackup', code: 'COPY_INTERRUPTED' });
    });

    it('a power cut of the follower mid-copy: its old server is back, and the copy begins again', async () => {
      const message = 'the host was rebooted during the copy';
      await beginAgain(['follower1'], { message }, () => cutPower(true));
      points.order('hold before swapDataDirectory/follower1#1');
      await lab('slow', 'follower1', 'off');
    });

    it('a power cut between copy and swap: its old server is back, and the finished copy is kept', async () => {
      await points.untilReached('before swapDataDirectory/follower1#1');
      await cutPower(true);
      expect(await operator.on('follower1', `ls -d ${DATA}.incoming-* | wc -l`)).toBe('1');
      await holdProgram(home, 'follower1', 'mv', 'before', '*.incoming-*\\ ' + DATA);
      points.release('before swapDataDirectory/follower1#1');
    });

    it('a power cut between the two renames: nothing runs, and the swap goes on where it stood', async () => {
      await untilHeld(home, 'follower1', 'mv');
      expect(await operator.on('follower1', `ls -d ${DATA} 2>/dev/null; ls -d ${DATA}.* | wc -l`)).toBe('2');
      await cutPower(false);
    });

    it('the run ends right, with everything done once', async () => {
      await operator.ok('wait', '--for', 'closed', '--timeout', '60s');
      expect((await operator.view()).outcome).toBe('done');
      await expectReplicating(home, 'follower1');
      expect(await writableStarts()).toBe(startsOfTheOld);
      for (const name of BOTH)
        expect(await countEffects(home, name)).toMatchObject({
          slots: 1,
          hbaLines: 1,
          roles: 1,
          replaced: 1,
          incoming: 0,
          // Ours, and the two of these tests.
          leaderStarts: before.leaderStarts + 3,
        });
    });
  });
});
