import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobStatusScript } from '../../../../planning/commands/job.js';
import { jobRunner } from '../../../../planning/commands/job-runner.js';
import { until } from '../../ssh/until.js';
import { guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

const OP = 'a1b2c3d4';
const DATA = '/nowhere/main';
const statusScript = (incoming: string): string =>
  jobStatusScript({ dataDirectory: DATA, op: OP, directories: [incoming], measure: false });

interface Job {
  bench: ScriptBench;
  directory: string;
  incoming: string;
  look(): Promise<ScriptOutcome>;
}

/** A job's directory; no unit of it is active unless the test says so. */
function job(unitIsActive = false): Job {
  const bench = scriptBench();
  const directory = `${bench.state}/jobs/${OP}/1`;
  const incoming = bench.path('incoming');
  mkdirSync(directory, { recursive: true });
  mkdirSync(incoming);
  bench.program('systemctl', unitIsActive ? 'exit 0' : 'exit 3');
  return { bench, directory, incoming, look: () => bench.run(statusScript(incoming)) };
}

/** The runner itself, with the programs' places taken by shell commands; in a process group of its own. */
function start({ directory, incoming }: Job, backup: string, verify = 'true'): ChildProcess {
  const text = jobRunner({
    osUser: 'postgres',
    backupArguments: ['sh', '-c', backup],
    verifyArguments: ['sh', '-c', verify],
    directories: [incoming],
    reserve: { percent: 0, leastBytes: 0 },
  });
  writeFileSync(`${directory}/run`, text);
  const runner = spawn('/bin/sh', ['run'], { cwd: directory, detached: true, stdio: 'ignore' });
  onTestFinished(() => {
    try {
      if (runner.pid !== undefined) process.kill(-runner.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  });
  return runner;
}

const exists = (file: string): Promise<void> =>
  until(
    () => existsSync(file),
    () => `there is no ${file}`,
  );

const ROUNDS = 40;
const LASTING = 'echo begun; exec sleep 60';

const begun = ({ directory }: Job): Promise<void> =>
  until(
    () => existsSync(`${directory}/log`) && readFileSync(`${directory}/log`, 'utf8').includes('begun'),
    () => 'the program does not begin',
  );

describe('the state of a job', () => {
  it('is absent where none was ever started', async () => {
    const bench = scriptBench();
    expect((await bench.run(statusScript('/nowhere/incoming'))).values).toEqual({
      swapped: '',
      incoming: 'no',
      state: 'absent',
    });
    expect(existsSync(bench.state)).toBe(false);
  });

  it('is unstarted before its unit runs, running once that is active', async () => {
    const waiting = job();
    expect((await waiting.look()).values).toMatchObject({ state: 'unstarted', number: '1', result: '' });
    const active = job(true);
    expect((await active.look()).values).toMatchObject({ state: 'running' });
  });

  it('is running while the runner lives, with its log', async () => {
    const one = job();
    start(one, LASTING);
    await begun(one);
    const seen = await one.look();
    expect(seen.values).toMatchObject({ state: 'running', copied: 'no', job: one.directory });
    expect(seen.text('log')).toBe('begun\n');
  });

  it.each([
    ['verified', 'true', 'true', /^verified [0-9a-f]{64}$/, 'yes'],
    ['not verified', 'true', 'exit 4', /^verify-failed 4$/, 'yes'],
    ['not copied', 'exit 3', 'true', /^copy-failed 3$/, 'no'],
    ['killed as a program', 'kill -KILL $$', 'true', /^copy-failed 137$/, 'no'],
  ])('is ended, %s', async (_, backup, verify, result, copied) => {
    const one = job();
    writeFileSync(`${one.incoming}/backup_manifest`, '{}\n');
    start(one, backup, verify);
    await exists(`${one.directory}/result`);
    const { values } = await one.look();
    expect(values).toMatchObject({ state: 'ended', copied });
    expect(values.result).toMatch(result);
  });

  it('is ended, and told so, when the unit is stopped', async () => {
    const one = job();
    const runner = start(one, LASTING);
    await begun(one);
    process.kill(-(runner.pid ?? 0), 'SIGTERM');
    await exists(`${one.directory}/result`);
    expect((await one.look()).values).toMatchObject({ state: 'ended', result: 'copy-failed 143' });
  });

  it('is orphaned when the runner is killed and its programs live on', async () => {
    const one = job();
    const runner = start(one, LASTING);
    await begun(one);
    runner.kill('SIGKILL');
    await until(
      async () => (await one.look()).values.state === 'orphaned',
      () => 'it is not orphaned',
    );
  });

  it('is vanished when nothing of it lives, and says whether the host was rebooted', async () => {
    const one = job();
    const runner = start(one, LASTING);
    await begun(one);
    process.kill(-(runner.pid ?? 0), 'SIGKILL');
    await until(
      async () => (await one.look()).values.state === 'vanished',
      () => 'it is not vanished',
    );
    expect((await one.look()).values).toMatchObject({ note: '', result: '' });
    writeFileSync(
      `${one.directory}/pid`,
      `${readFileSync(`${one.directory}/pid`, 'utf8').split(' ').slice(0, 2).join(' ')} another-boot\n`,
    );
    expect((await one.look()).values).toMatchObject({ state: 'vanished', note: 'rebooted' });
  });

  it('is closed once that is written, whatever else is there', async () => {
    const one = job();
    writeFileSync(`${one.directory}/pid`, '1 2 3\n');
    writeFileSync(`${one.directory}/closed`, 'now\n');
    expect((await one.look()).values).toMatchObject({ state: 'closed' });
  });

  it('is that of the newest job, by number', async () => {
    const one = job();
    for (const number of ['2', '10']) mkdirSync(`${one.bench.state}/jobs/${OP}/${number}`);
    expect((await one.look()).values).toMatchObject({ number: '10', state: 'unstarted' });
  });

  // A job may end between any two looks at it; taken for orphaned or vanished, a good copy would be removed.
  it('is never taken for dead while a job ends well', async () => {
    const one = job();
    writeFileSync(`${one.incoming}/backup_manifest`, '{}\n');
    const text = jobRunner({
      osUser: 'postgres',
      backupArguments: ['true'],
      verifyArguments: ['true'],
      directories: [one.incoming],
      reserve: { percent: 0, leastBytes: 0 },
    });
    // The programs and the disk only take time here; what matters is how the runner ends, once it has been seen.
    const quick = text
      .replace(/^backup\(\).*$/m, 'backup() { until [ -f go ]; do sleep 0.005; done; }')
      .replace(/^verify\(\).*$/m, 'verify() { true; }')
      .replaceAll(/sync [^ ]+ && /g, '')
      .replaceAll(' && sync .', '')
      .replace(/^stamp=.*$/m, 'stamp=x');
    writeFileSync(one.bench.path('run'), quick);
    const loop = `
round=0
while [ "$round" -lt ${String(ROUNDS)} ]; do
  round=$((round + 1)); J=$STATE/jobs/$OP/$round; mkdir -p "$J"
  (cd "$J" && exec setsid /bin/sh ${one.bench.path('run')} >/dev/null 2>&1) &
  await 10 test -f "$J/pid"
  job_state "$J"
  [ "$state" = running ] || say "begin.$round" "$state"
  : >"$J/go"
  looks=0
  until job_state "$J"; [ "$state" = ended ]; do
    looks=$((looks + 1))
    [ "$state" = running ] && [ "$looks" -lt 1000 ] || { say "wrong.$round" "$state"; break; }
  done
done
say rounds "$round"
wait
`;
    const script = statusScript(one.incoming).replace(/\nREC=\S+\nreport\n/, loop);
    expect((await one.bench.run(script)).values).toEqual({ rounds: String(ROUNDS) });
  });
});

/** What is ours and has its manifest is never copied again: a job that is gone begins once more to verify it. */
describe('a complete copy', () => {
  const complete = async (inPlace: boolean, notes: (inode: string) => Record<string, string>) => {
    const bench = scriptBench();
    const data = bench.path('main');
    const target = inPlace ? data : `${data}.incoming-${OP}`;
    for (const directory of new Set([data, target])) mkdirSync(directory);
    mkdirSync(`${bench.state}/jobs/${OP}/1`, { recursive: true });
    bench.claimed(guardOn(data), notes(String(statSync(target).ino)));
    const look = async (): Promise<string | undefined> => {
      const script = jobStatusScript({ dataDirectory: data, op: OP, directories: [target], measure: false });
      return (await bench.run(script)).values.complete;
    };
    const without = await look();
    writeFileSync(`${target}/backup_manifest`, '{}\n');
    return { without, with: await look() };
  };

  it.each([
    ['in place, where our wipe emptied it', true, () => ({ wiped: 'yes' }), 'yes'],
    ['not a former manifest, before our wipe', true, () => ({}), 'no'],
    ['not while our wipe is under way', true, () => ({ wipeIntent: 'f' }), 'no'],
    ['beside, in the directory we made', false, (inode: string) => ({ incomingInode: inode }), 'yes'],
    ['not in a directory that another made', false, () => ({ incomingInode: '1' }), 'no'],
    ['not beside for a wipe in place', false, () => ({ wiped: 'yes' }), 'no'],
  ])('is ours: %s', async (_, inPlace, notes, expected) => {
    expect(await complete(inPlace, notes)).toEqual({ without: 'no', with: expected });
  });
});
