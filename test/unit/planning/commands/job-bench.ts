import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { closeJobScript, jobStatusScript, startJobScript } from '../../../../planning/commands/job.js';
import { jobRunner } from '../../../../planning/commands/job-runner.js';
import { until } from '../../ssh/until.js';
import { BESIDE, guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

export const OP = 'a1b2c3d4';
const LASTING = 'echo begun; exec sleep 60';
/** Its argument is the directory that is copied into. */
export const COMPLETE = 'echo x >"$0/backup_manifest"';

export interface Copy {
  bench: ScriptBench;
  data: string;
  incoming: string;
  start: string;
  look(measure?: boolean): Promise<ScriptOutcome>;
  close: string;
  /** How often a unit was started. */
  starts(): number;
  /** The newest job's first line of this file. */
  file(name: string): string | undefined;
  /** Sends a signal to whatever holds the job's lock. */
  signalAll(name: 'TERM' | 'KILL'): void;
  /** From here on every file system has so many bytes left, of 1000; the reserve is 100. */
  room(bytes: number): void;
}

/** systemd-run is played by setsid: it outlives the script as a unit does. */
export function copy({ backup = LASTING, verify = 'true' } = {}): Copy {
  const bench = scriptBench();
  const data = bench.path('main');
  const incoming = `${data}.incoming-${OP}`;
  mkdirSync(data);
  const runner = jobRunner({
    osUser: 'postgres',
    backupArguments: ['sh', '-c', backup, incoming],
    verifyArguments: ['sh', '-c', verify, incoming],
    directories: [incoming],
    reserve: { percent: 10, leastBytes: 50 },
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
PATH=${bench.programs}:/usr/bin:/bin setsid -f /bin/sh "$PWD/run" </dev/null >/dev/null 2>&1 8>&-
n=200; until [ -f pid ] || [ "$n" = 0 ]; do n=$((n - 1)); sleep 0.01; done`,
  );
  bench.program(
    'systemctl',
    `case $1 in stop) exec ${bench.programs}/end TERM ;; *) grep -qx "$3" ${bench.path('starts')} 2>/dev/null ;; esac`,
  );
  const room = (bytes: number): void => writeFileSync(bench.path('room'), `1000 ${String(bytes)}\n`);
  room(1000);
  bench.program('df', `cat ${bench.path('room')}`);
  onTestFinished(() => {
    // Again, for what a runner had just started.
    const script =
      'n=100; while [ -n "$("$0/holders")" ] && [ "$n" -gt 0 ]; do "$0/end" KILL; n=$((n - 1)); done';
    execFileSync('sh', ['-c', script, bench.programs]);
  });
  const lines = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const start = startJobScript(guardOn(data), BESIDE, { directory: incoming, runner });
  return {
    bench,
    data,
    incoming,
    start,
    look: (measure = false) =>
      bench.run(jobStatusScript({ dataDirectory: data, op: OP, directories: [incoming], measure })),
    close: closeJobScript(guardOn(data), BESIDE),
    starts: () => lines(bench.path('starts')).length,
    file(name) {
      const jobs = `${bench.state}/jobs/${OP}`;
      const newest = Math.max(...readdirSync(jobs).map(Number));
      return lines(`${jobs}/${String(newest)}/${name}`)[0];
    },
    signalAll: (name) => execFileSync(`${bench.programs}/end`, [name]),
    room,
  };
}

export const ended = (one: Copy): Promise<void> =>
  until(
    () => one.file('result') !== undefined,
    () => 'the job does not end',
  );

export const seenAs = (one: Copy, state: string): Promise<void> =>
  until(
    async () => (await one.look()).values.state === state,
    () => `the job is not ${state}`,
  );
