import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claimScript } from '../../../../planning/commands/follower-files.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { COMPLETE, copy, ended as result, OP, type Copy } from './job-bench.js';
import { atEveryCut, guardOn } from './script-bench.js';

const FAILING = 'exit 1';

async function expectRecorded({ bench, data, incoming }: Copy): Promise<void> {
  const { incomingInode } = bench.record(data, OP);
  expect(incomingInode).toBe(String(statSync(incoming).ino));
}

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
    const one = copy({ backup: COMPLETE });
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
    const one = copy({ backup: FAILING });
    await one.bench.run(one.start);
    await result(one);
    expect(one.file('result')).toBe('copy-failed 1');
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0 });
    expect([existsSync(one.incoming), one.file('closed') !== undefined]).toEqual([false, true]);
    expect((await one.bench.run(one.start)).values).toMatchObject({ number: '2' });
    await expectRecorded(one);
  });

  it('does so too after somebody has removed the directory by hand', async () => {
    const one = copy({ backup: FAILING });
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
      const one = copy({ backup: FAILING });
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
