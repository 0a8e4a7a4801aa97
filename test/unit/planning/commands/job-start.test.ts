import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimScript } from '../../../../planning/commands/follower-files.js';
import { closeJobScript, jobRunner, startJobScript } from '../../../../planning/commands/job.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { until } from '../../ssh/until.js';
import type { CopyDirectoryInput } from '../../../../planning/commands/copy-directory.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const OP = 'a1b2c3d4';
const where: CopyDirectoryInput = {
  mode: 'side-by-side',
  osUser: 'postgres',
  version: '15',
  binDirectory: '/usr/lib/postgresql/15/bin',
  leaderSystemIdentifier: '7',
};
const LASTING = 'exec sleep 60';
const FAILING = 'exit 1';

interface Copy {
  bench: ScriptBench;
  data: string;
  incoming: string;
  start: string;
  close: string;
  /** How often a unit was started. */
  starts(): number;
  /** The newest job's text of this name. */
  file(name: string): string | undefined;
}

/** systemd-run is played by setsid: it outlives the script as a unit does. */
function copy(backup = LASTING): Copy {
  const bench = scriptBench();
  const data = bench.path('main');
  const incoming = `${data}.incoming-${OP}`;
  mkdirSync(data);
  const runner = jobRunner({
    osUser: 'postgres',
    backupArguments: ['sh', '-c', backup],
    verifyArguments: ['true'],
    incomingDirectory: incoming,
  });
  // Whoever holds a job's lock, as the unit's own list of processes would have it.
  bench.program(
    'holders',
    `ls -l /proc/[0-9]*/fd/9 2>/dev/null | sed -n 's|.* /proc/\\([0-9]*\\)/fd/9 -> ${bench.directory}/.*|\\1|p'`,
  );
  bench.program('end', `${bench.programs}/holders | xargs -r kill "-$1" 2>/dev/null; true`);
  bench.program(
    'systemd-run',
    `for word; do case $word in --unit=*) echo "\${word#*=}" >>${bench.path('starts')} ;; --working-directory=*) cd "\${word#*=}" ;; esac; done
PATH=/usr/bin:/bin setsid -f /bin/sh "$PWD/run" </dev/null >/dev/null 2>&1 8>&-
n=200; until [ -f pid ] || [ "$n" = 0 ]; do n=$((n - 1)); sleep 0.01; done`,
  );
  bench.program(
    'systemctl',
    `case $1 in stop) exec ${bench.programs}/end TERM ;; *) grep -qx "$3" ${bench.path('starts')} 2>/dev/null ;; esac`,
  );
  onTestFinished(() => {
    // Again, for what a runner had just started.
    const script =
      'n=100; while [ -n "$("$0/holders")" ] && [ "$n" -gt 0 ]; do "$0/end" KILL; n=$((n - 1)); done';
    execFileSync('sh', ['-c', script, bench.programs]);
  });
  const lines = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return {
    bench,
    data,
    incoming,
    start: startJobScript(guardOn(data), where, runner),
    close: closeJobScript(guardOn(data), where),
    starts: () => lines(bench.path('starts')).length,
    file(name) {
      const jobs = `${bench.state}/jobs/${OP}`;
      const newest = Math.max(...readdirSync(jobs).map(Number));
      return lines(`${jobs}/${String(newest)}/${name}`)[0];
    },
  };
}

async function expectRecorded({ bench, data, incoming }: Copy): Promise<void> {
  const { incomingInode } = bench.record(data, OP);
  expect(incomingInode).toBe(String(statSync(incoming).ino));
}

const result = (one: Copy): Promise<void> =>
  until(
    () => one.file('result') !== undefined,
    () => 'the job does not end',
  );

describe('starting the copy', () => {
  it('makes its directory and one job, and attaches from then on', async () => {
    const one = copy();
    const first = await one.bench.run(one.start);
    expect(first).toMatchObject({
      code: 0,
      values: { state: 'running', number: '1', copied: 'no', incoming: 'yes' },
    });
    const { uid, mode } = statSync(one.incoming);
    expect([uid, mode & 0o777]).toEqual([statSync('/var/lib/postgresql').uid, 0o700]);
    await expectRecorded(one);
    expect((await one.bench.run(one.start)).values).toMatchObject({ state: 'running', number: '1' });
    expect(one.starts()).toBe(1);
    expect(readFileSync(`${one.bench.state}/journal.jsonl`, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('starts one job, whoever asks at the same time', async () => {
    const one = copy();
    const outcomes = await Promise.all([1, 2, 3].map(() => one.bench.run(one.start)));
    expect(outcomes.map(({ values }) => [values.state, values.number])).toEqual(
      outcomes.map(() => ['running', '1']),
    );
    expect(one.starts()).toBe(1);
  });

  it('goes on wherever it was cut off', async () => {
    const whole = copy();
    const { effects } = await whole.bench.runCut(whole.start, 0);
    expect(effects).toBeGreaterThan(5);
    await atEveryCut(effects, async (at) => {
      const one = copy();
      await one.bench.runCut(one.start, at);
      expect((await one.bench.run(one.start)).values).toMatchObject({ state: 'running', number: '1' });
      expect(one.starts()).toBe(1);
      await expectRecorded(one);
    });
  });

  it('leaves a finished job alone', async () => {
    const one = copy(`echo x >"$0/backup_manifest"`);
    await one.bench.run(one.start);
    await result(one);
    const seen = await one.bench.run(one.start);
    expect(seen.values).toMatchObject({ state: 'ended', number: '1' });
    expect(one.starts()).toBe(1);
  });

  it('does nothing once the copy is in its place', async () => {
    const one = copy();
    await one.bench.run(claimScript(guardOn(one.data), { swapped: 'yes' }));
    expect((await one.bench.run(one.start)).values).toEqual({
      swapped: 'yes',
      incoming: 'no',
      state: 'absent',
    });
    expect(await one.bench.run(one.close)).toMatchObject({
      code: REFUSED,
      refused: { code: 'SWAP_UNEXPECTED' },
    });
    expect([one.starts(), existsSync(one.incoming)]).toEqual([0, false]);
  });
});

describe('closing the copy', () => {
  it('makes room for the next one', async () => {
    const one = copy(FAILING);
    await one.bench.run(one.start);
    await result(one);
    expect(one.file('result')).toBe('copy-failed 1');
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0 });
    expect([existsSync(one.incoming), one.file('closed') !== undefined]).toEqual([false, true]);
    expect((await one.bench.run(one.start)).values).toMatchObject({ number: '2' });
    await expectRecorded(one);
  });

  it('does so too after somebody has removed the directory by hand', async () => {
    const one = copy(FAILING);
    await one.bench.run(one.start);
    await result(one);
    rmSync(one.incoming, { recursive: true });
    await one.bench.run(one.close);
    await one.bench.run(one.start);
    await expectRecorded(one);
  });

  it('records the directory anew where it vanished before the job began', async () => {
    const { bench, start } = copy();
    const { effects } = await bench.runCut(start, 0);
    const other = copy();
    // Cut off right before the unit starts: the directory is made and on record, the job is not begun.
    await other.bench.runCut(other.start, effects - 1);
    expect(other.starts()).toBe(0);
    rmSync(other.incoming, { recursive: true });
    mkdirSync(`${other.incoming}.takes-its-inode`);
    await other.bench.run(other.start);
    await expectRecorded(other);
  });

  it('ends a job that runs, and one whose unit no longer knows it', async () => {
    const one = copy();
    await one.bench.run(one.start);
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0 });
    expect(one.file('result')).toMatch(/^copy-failed/);
    const orphan = copy();
    await orphan.bench.run(orphan.start);
    orphan.bench.program('systemctl', 'exit 5');
    process.kill(Number(orphan.file('pid')?.split(' ')[0]), 'SIGKILL');
    const outcome = await orphan.bench.run(orphan.close, {
      'await 10 lock_is_free "$1" && return': 'await 0 lock_is_free "$1" && return',
    });
    expect(outcome).toMatchObject({ code: 0 });
    expect([existsSync(orphan.incoming), orphan.file('closed') !== undefined]).toEqual([false, true]);
  });

  it('goes on wherever it was cut off', async () => {
    const failed = async (): Promise<Copy> => {
      const one = copy(FAILING);
      await one.bench.run(one.start);
      await result(one);
      return one;
    };
    const whole = await failed();
    const { effects } = await whole.bench.runCut(whole.close, 0);
    expect(effects).toBeGreaterThan(3);
    await atEveryCut(effects, async (at) => {
      const one = await failed();
      await one.bench.runCut(one.close, at);
      expect(await one.bench.run(one.close)).toMatchObject({ code: 0 });
      expect((await one.bench.run(one.start)).values).toMatchObject({ number: '2' });
      await expectRecorded(one);
    });
  });
});
