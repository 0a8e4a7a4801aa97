import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeJobScript } from '../../../../planning/commands/job.js';
import { rehearsalLogScript, startRehearsalScript } from '../../../../planning/commands/rehearsal.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { BESIDE, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');
const SYSTEM = '7111';

interface Copy {
  bench: ScriptBench;
  data: string;
  incoming: string;
  script: string;
  starts(): string[];
  lives(): boolean;
}

interface Setting {
  /** What the server in the copy answers; empty: nothing. */
  answer?: string;
  /** The server ends as soon as it is started, with this as its last words. */
  lastWords?: string;
}

/** The unit is a process that works in the copy; systemctl's stop ends it. */
function copy({ answer = `t ${SYSTEM}`, lastWords }: Setting = {}): Copy {
  const bench = scriptBench();
  const data = bench.path('main');
  const incoming = `${data}.incoming-${OP}`;
  const pidFile = bench.path('server.pid');
  mkdirSync(incoming);
  chownSync(incoming, POSTGRES.uid, POSTGRES.gid);
  writeFileSync(`${incoming}/standby.signal`, '');
  const server =
    lastWords === undefined
      ? `cd ${incoming} && touch postmaster.pid && PATH=/usr/bin:/bin setsid -f sh -c 'echo $$ >${pidFile}; exec sleep 60' </dev/null >/dev/null 2>&1 8>&-
n=200; until [ -s ${pidFile} ] || [ "$n" = 0 ]; do n=$((n - 1)); sleep 0.01; done`
      : `for word; do case $word in --property=StandardOutput=append:*) echo '${lastWords}' >>"\${word#*append:}" ;; esac; done`;
  bench.program('systemd-run', `echo "$*" >>${bench.path('starts')}\n${server}`);
  bench.program(
    'systemctl',
    `case $1 in -q) [ -e ${pidFile} ] ;; stop) kill "$(cat ${pidFile})"; rm -f ${pidFile} ${incoming}/postmaster.pid ;; esac`,
  );
  bench.program('psql', `[ -z '${answer}' ] || echo '${answer}'`);
  bench.claimed(guardOn(data), { incomingInode: String(statSync(incoming).ino) });
  const lives = (): boolean =>
    existsSync(pidFile) && existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/stat`);
  onTestFinished(() => {
    if (lives()) execFileSync('sh', ['-c', 'kill -KILL "$(cat "$0")"', pidFile]);
  });
  return {
    bench,
    data,
    incoming,
    lives,
    starts: () =>
      existsSync(bench.path('starts')) ? readFileSync(bench.path('starts'), 'utf8').trim().split('\n') : [],
    script: startRehearsalScript(guardOn(data), {
      osUser: 'postgres',
      binDirectory: bench.programs,
      configFile: '/etc/postgresql/15/main/postgresql.conf',
      incomingDirectory: incoming,
      port: 5432,
      systemIdentifier: SYSTEM,
    }),
  };
}

describe('the rehearsal', () => {
  it('starts the copy without TCP, archiving or the pid file of the real one, and attaches from then on', async () => {
    const one = copy();
    expect(await one.bench.run(one.script)).toMatchObject({
      code: 0,
      values: { state: 'up', changed: 'yes' },
    });
    const [command = ''] = one.starts();
    expect(command).toContain(`--unit=pg-runbook-rehearsal-${OP} `);
    for (const setting of [
      'listen_addresses=',
      'archive_mode=off',
      'external_pid_file=',
      'restart_after_crash=off',
      'lc_messages=C',
      'log_min_messages=warning',
    ])
      expect(command).toMatch(new RegExp(`-c ${setting}( |$)`));
    expect(await one.bench.run(one.script)).toMatchObject({
      code: 0,
      values: { state: 'up', changed: 'no' },
    });
    expect(one.starts()).toHaveLength(1);
  });

  it('does not take a server for ended that does not work in the copy yet', async () => {
    const one = copy({ answer: '', lastWords: '' });
    one.bench.program('systemctl', '[ "$1" = -q ]');
    const outcome = await one.bench.run(one.script, { 'await 15': 'await 0' });
    expect(outcome.values).toMatchObject({ state: 'starting' });
  });

  it('says that it is still starting', async () => {
    const one = copy({ answer: '' });
    const outcome = await one.bench.run(one.script, { 'await 15': 'await 0' });
    expect(outcome.values).toMatchObject({ state: 'starting' });
  });

  it('tells the last words of a server that does not come up', async () => {
    const one = copy({ answer: '', lastWords: 'FATAL:  could not access file "pg_cron"' });
    const outcome = await one.bench.run(one.script);
    expect(outcome.values).toMatchObject({ state: 'failed', changed: 'yes' });
    expect(outcome.text('log')).toBe('FATAL:  could not access file "pg_cron"\n');
    const log = await one.bench.run(rehearsalLogScript(one.data, OP));
    expect(log.values).toMatchObject({ running: 'no' });
    expect(log.text('log')).toBe('FATAL:  could not access file "pg_cron"\n');
  });

  it.each([
    ['is not in recovery', `f ${SYSTEM}`],
    ['is of another cluster', 't 42'],
  ])('stops a server at once that %s', async (_, answer) => {
    const one = copy({ answer });
    expect(await one.bench.run(one.script)).toMatchObject({
      code: REFUSED,
      refused: { code: 'REHEARSAL_FAILED' },
    });
    expect(one.lives()).toBe(false);
  });

  it.each<[string, (one: Copy) => void]>([
    ['a copy without standby.signal', ({ incoming }) => rmSync(`${incoming}/standby.signal`)],
    [
      'a directory that is not the one on record',
      ({ incoming }) => execFileSync('sh', ['-c', 'mv "$0" "$0.kept" && cp -a "$0.kept" "$0"', incoming]),
    ],
    ['no copy', ({ incoming }) => rmSync(incoming, { recursive: true })],
  ])('starts no server on %s', async (_, change) => {
    const one = copy();
    change(one);
    expect(await one.bench.run(one.script)).toMatchObject({
      code: REFUSED,
      refused: { code: 'SWAP_UNEXPECTED' },
    });
    expect(one.starts()).toEqual([]);
  });

  it('has nothing to do once the copy was swapped in', async () => {
    const one = copy();
    one.bench.claimed(guardOn(one.data), { swapped: 'yes' });
    expect(await one.bench.run(one.script)).toMatchObject({ code: 0, values: { state: 'swapped' } });
    expect(one.starts()).toEqual([]);
  });

  it('begins again after its host was cut off', async () => {
    const one = copy();
    writeFileSync(`${one.incoming}/postmaster.pid`, '1\n');
    expect((await one.bench.run(one.script)).values).toMatchObject({ state: 'up', changed: 'yes' });
  });
});

describe('a copy that is given up', () => {
  it('is removed with its rehearsal', async () => {
    const one = copy();
    await one.bench.run(one.script);
    expect(one.lives()).toBe(true);
    expect(await one.bench.run(closeJobScript(guardOn(one.data), BESIDE))).toMatchObject({ code: 0 });
    expect(one.lives()).toBe(false);
    expect(existsSync(one.incoming)).toBe(false);
  });

  it('is not removed under a rehearsal that does not stop', async () => {
    const one = copy();
    await one.bench.run(one.script);
    one.bench.program('systemctl', 'exit 0');
    const outcome = await one.bench.run(closeJobScript(guardOn(one.data), BESIDE), {
      'await 120': 'await 0',
    });
    expect(outcome).toMatchObject({ code: REFUSED, refused: { code: 'STOP_FAILED' } });
    expect(existsSync(one.incoming)).toBe(true);
  });
});
