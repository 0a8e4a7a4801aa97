import { existsSync, readdirSync, readFileSync, renameSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../../ssh/until.js';
import { COMPLETE, copy, ended, OP, seenAs, type Copy } from './job-bench.js';

/** Copies a little, then goes on for long; its child, as pg_basebackup's WAL receiver, too. */
const HALFWAY = 'echo x >"$0/base"; sleep 60 & echo begun; wait';
const VERIFYING = 'echo verifying; exec sleep 60';

const logOf = (one: Copy): string => {
  const file = `${one.bench.state}/jobs/${OP}/1/log`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const said = (one: Copy, word: string): Promise<void> =>
  until(
    () => logOf(one).includes(word),
    () => `the log has no ${word}`,
  );
const left = (one: Copy): string[] => readdirSync(one.incoming);

describe('the disk guard of a job', () => {
  it('ends all of the copy when the room comes down to the reserve, and frees what it took', async () => {
    const one = copy({ backup: HALFWAY });
    await one.bench.run(one.start);
    await said(one, 'begun');
    expect(left(one)).toEqual(['base']);
    one.room(99);
    await ended(one);
    expect(one.file('result')).toBe('disk-guard 99 100');
    expect((await one.look()).values).toMatchObject({ state: 'ended', copied: 'no' });
    expect([existsSync(one.incoming), left(one)]).toEqual([true, []]);
  });

  it('lets no copy begin without room', async () => {
    const one = copy({ backup: HALFWAY });
    one.room(20);
    await one.bench.run(one.start);
    await ended(one);
    expect(one.file('result')).toBe('disk-guard 20 100');
    expect(logOf(one)).toBe('');
  });

  it('empties no directory but the one it began with', async () => {
    const one = copy({ backup: HALFWAY });
    await one.bench.run(one.start);
    await said(one, 'begun');
    renameSync(one.incoming, `${one.incoming}.elsewhere`);
    mkdirSync(one.incoming);
    writeFileSync(`${one.incoming}/precious`, '');
    one.room(1);
    await ended(one);
    expect([left(one), readdirSync(`${one.incoming}.elsewhere`)]).toEqual([['precious'], ['base']]);
  });

  it('does not matter any more once the copy is complete', async () => {
    const one = copy({ backup: COMPLETE, verify: VERIFYING });
    await one.bench.run(one.start);
    await said(one, 'verifying');
    one.room(1);
    expect((await one.look()).values).toMatchObject({ state: 'running', copied: 'yes' });
    expect(left(one)).toEqual(['backup_manifest']);
  });
});

describe('a job that is gone and has copied everything', () => {
  const verifiedOnce = async (one: Copy): Promise<void> => {
    expect((await one.look()).values).toMatchObject({ state: 'vanished', complete: 'yes', result: '' });
    writeFileSync(one.bench.path('go'), '');
    expect((await one.bench.run(one.start)).values).toMatchObject({ number: '1' });
    await ended(one);
    expect(one.file('result')).toMatch(/^verified [0-9a-f]{64}$/);
    expect((await one.look()).values).toMatchObject({ state: 'ended', copied: 'yes' });
    expect(logOf(one).match(/copying/g)).toHaveLength(1);
  };
  /** Waits, in backup or in verification, until the test says go. */
  const copying = (where: 'copy' | 'verify'): Copy =>
    copy({
      backup: `echo copying; ${COMPLETE}; ${where === 'copy' ? 'echo begun; exec sleep 60' : ''}`,
      verify: 'echo verifying; [ -f "${0%/*}/go" ] || exec sleep 60',
    });

  it('is not copied again when all of it was killed before it recorded the end', async () => {
    const one = copying('copy');
    await one.bench.run(one.start);
    await said(one, 'begun');
    one.signalAll('KILL');
    await seenAs(one, 'vanished');
    await verifiedOnce(one);
  });

  it('is only verified again when it was killed at that', async () => {
    const one = copying('verify');
    await one.bench.run(one.start);
    await said(one, 'verifying');
    one.signalAll('KILL');
    await seenAs(one, 'vanished');
    await verifiedOnce(one);
  });

  it('is not called damaged when the verification was stopped, as a shutdown of the host does', async () => {
    const one = copying('verify');
    await one.bench.run(one.start);
    await said(one, 'verifying');
    one.signalAll('TERM');
    await seenAs(one, 'vanished');
    await verifiedOnce(one);
  });

  it('is only verified also after a power cut: the manifest is named after all is synced', async () => {
    const one = copying('copy');
    await one.bench.run(one.start);
    await said(one, 'begun');
    one.signalAll('KILL');
    await seenAs(one, 'vanished');
    const pid = `${one.bench.state}/jobs/${OP}/1/pid`;
    writeFileSync(pid, readFileSync(pid, 'utf8').replace(/ \S+\n$/, ' another-boot\n'));
    expect((await one.look()).values).toMatchObject({ note: 'rebooted' });
    await verifiedOnce(one);
  });

  it('is copied again where the manifest is not that of its own directory', async () => {
    const one = copying('copy');
    await one.bench.run(one.start);
    await said(one, 'begun');
    one.signalAll('KILL');
    await seenAs(one, 'vanished');
    renameSync(one.incoming, `${one.incoming}.elsewhere`);
    mkdirSync(one.incoming);
    writeFileSync(`${one.incoming}/backup_manifest`, 'x\n');
    expect((await one.look()).values).toMatchObject({ state: 'vanished', complete: 'no' });
    expect((await one.bench.run(one.start)).values).toMatchObject({ state: 'vanished', number: '1' });
    expect(existsSync(`${one.bench.state}/jobs/${OP}/1/copied`)).toBe(false);
  });
});

describe('a job on a host without systemd', () => {
  const detached = (backup?: string): Copy => {
    const one = copy(backup === undefined ? {} : { backup });
    one.bench.withoutSystemd();
    for (const name of ['systemctl', 'systemd-run']) one.bench.program(name, 'echo called >&2; exit 1');
    return one;
  };

  it('has the same files, is attached to, and is stopped with all that belongs to it', async () => {
    const one = detached(HALFWAY);
    expect(await one.bench.run(one.start)).toMatchObject({
      code: 0,
      stderr: '',
      values: { state: 'running', number: '1' },
    });
    await said(one, 'begun');
    const [pid] = (one.file('pid') ?? '').split(' ');
    const stat = readFileSync(`/proc/${pid ?? ''}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // Of no session but its own: what ends the one that started it does not reach it.
    expect([stat[2], stat[3]]).toEqual([pid, pid]);
    expect((await one.bench.run(one.start)).values).toMatchObject({ state: 'running', number: '1' });
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0, stderr: '' });
    expect(one.file('result')).toBe('copy-failed 143');
    expect(existsSync(one.incoming)).toBe(false);
    expect((await one.bench.run(one.start)).values).toMatchObject({ state: 'running', number: '2' });
  });

  it('ends well by itself', async () => {
    const one = detached(COMPLETE);
    await one.bench.run(one.start);
    await ended(one);
    expect(one.file('result')).toMatch(/^verified /);
  });

  it('starts once, whoever asks at the same time', async () => {
    const one = detached();
    const outcomes = await Promise.all([1, 2, 3].map(() => one.bench.run(one.start)));
    expect(outcomes.map(({ values }) => [values.state, values.number])).toEqual(
      outcomes.map(() => ['running', '1']),
    );
    expect(logOf(one)).toBe('begun\n');
  });

  it('is ended also when what it runs is suspended', async () => {
    const one = detached('echo begun; kill -STOP $$');
    await one.bench.run(one.start);
    await said(one, 'begun');
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0 });
  });
});

describe('what is on disk of a copy', () => {
  it('is counted without its WAL, and only when asked for', async () => {
    const one = copy({
      backup: 'mkdir "$0/pg_wal"; head -c 300000 /dev/zero >"$0/pg_wal/1"; head -c 81920 /dev/zero >"$0/2"',
    });
    await one.bench.run(one.start);
    await ended(one);
    expect((await one.look()).values.bytes).toBeUndefined();
    const { values } = await one.look(true);
    expect(Number(values.bytes)).toBeGreaterThanOrEqual(81_920);
    expect(Number(values.bytes)).toBeLessThan(200_000);
  });
});
