import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { labCompanion } from '../../lab/lab-companion.js';
import { labCommand, labExec } from '../../lab/lab-exec.js';
import { labScript } from '../../lab/lab-script.js';
import { isProcessAlive } from '../../server/file-lock.mjs';
import { until } from './support/until.js';

const root = dirname(dirname(labScript()));
const demo = join(root, 'dist/lab/demo.js');
const directory = mkdtempSync(join(tmpdir(), 'demo-test-'));
const home = join(directory, 'the lab');

function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const { TEMPORAL_ADDRESS: _, NO_COLOR: __, ...env } = process.env;
  return { ...env, LAB_HOME: home, ...more };
}

interface Running {
  output: () => string;
  type: (text: string) => void;
  code: Promise<number>;
}

function begin(program: string, args: string[], env: Record<string, string>): Running {
  const child = spawn(program, args, { cwd: directory, env: environment(env) });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { output: () => output, type: (text) => child.stdin.write(text), code };
}

/** Where there is no terminal, and the locale is C. */
const withoutTerminal = (): Running =>
  begin(process.execPath, [demo, '--sample', '30MB'], { LANG: 'C', LC_ALL: 'C' });

/** On a terminal of 80 columns that somebody types on. */
function onTerminal(): Running {
  const command = `stty cols 80 rows 50; exec '${process.execPath}' '${demo}' --sample 30MB`;
  const env = { LANG: 'C.UTF-8', TERM: 'xterm', SHELL: '/bin/sh' };
  return begin('script', ['-qefc', command, '/dev/null'], env);
}

/** Types the keys once the text is there. */
async function typeAt({ output, type }: Running, text: string, keys: string): Promise<void> {
  await until(`"${text}" on the terminal`, () => Promise.resolve(output().includes(text)), 90_000).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${output()}`);
    },
  );
  type(keys);
}

const ENTER = '\r';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const FIRST_GATE = 'Type leader to approve';
const SECOND_GATE = 'Type follower1 to approve';

async function on(host: string, argv: string[]): Promise<string> {
  const outcome = await labExec(home, host, argv);
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome.stdout.trim();
}

const psql = (host: string, database: string, query: string): Promise<string> =>
  on(host, ['sudo', '-u', 'postgres', 'psql', '-XAtd', database, '-c', query]);

const ORDERS = "SELECT id, note FROM orders WHERE note LIKE 'demo%'";

/** Times and sizes of all that a run could touch, and when the servers started and read their files. */
async function stateOf(host: string): Promise<string> {
  const places =
    '/etc/postgresql /var/lib/pg-runbook /var/lib/postgresql/.pg-runbook /var/lib/postgresql/15/main/*.*';
  const files = await on(host, ['bash', '-c', `find ${places} -type f -printf '%p %T@ %s\\n' | sort`]);
  return files + (await psql(host, 'postgres', 'SELECT pg_postmaster_start_time(), pg_conf_load_time()'));
}

const untouched = async (): Promise<void> => {
  expect(await psql('leader', 'postgres', 'SHOW listen_addresses')).toBe('localhost');
  expect(await psql('leader', 'postgres', 'SELECT count(*) FROM pg_replication_slots')).toBe('0');
  expect(await psql('follower1', 'postgres', 'SELECT pg_is_in_recovery()')).toBe('f');
};

afterAll(async () => {
  await labCommand(home, ['destroy']);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** One story: each part goes on where the one before has stopped. */
describe('npm run demo', () => {
  it('on a terminal approves nothing at an empty line or end of file, and ends politely', async () => {
    const running = onTerminal();
    await typeAt(running, FIRST_GATE, ENTER);
    await typeAt(running, SECOND_GATE, CTRL_D);
    await typeAt(running, 'Type reject to refuse it', ENTER);
    expect(await running.code, running.output()).toBe(0);
    expect(running.output()).toContain('the run waits');
    expect(running.output()).toContain('lab destroy');
    await untouched();
  });

  it('goes on with the open run; Ctrl-C at a gate approves nothing and says how to clean up', async () => {
    const running = onTerminal();
    await typeAt(running, FIRST_GATE, CTRL_C);
    expect(await running.code, running.output()).toBe(130);
    expect(running.output()).toContain('goes on with it');
    expect(running.output()).toMatch(/Interrupted\. That approves nothing[^]*lab destroy/);
    await untouched();
  });

  it('without a terminal sets up replication, in lines of ASCII', async () => {
    const running = withoutTerminal();
    expect(await running.code, running.output()).toBe(0);
    const output = running.output();
    expect(output).toMatch(/^[\n -~]*$/);
    expect(output).toContain('demo approver: nobody is asked');
    expect(output).toMatch(/follower1: copied \d+ %, .* of .* MB/);
    expect(output).toContain('lab: done: the followers stream from the leader');

    expect(await psql('follower1', 'shop', ORDERS)).toMatch(/^\d+\|demo, run [0-9a-f]{8}$/);
    expect(output).toContain('restarted once; running since');
    const started = ['journalctl', '-qo', 'cat', 'UNIT=postgresql@15-main.service', '--grep=^Started'];
    expect((await on('leader', started)).split('\n')).toHaveLength(2); // at its boot, and by the run
    const slot = await psql('follower1', 'postgres', 'SELECT slot_name FROM pg_stat_wal_receiver');
    expect(
      await psql('leader', 'postgres', `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`),
    ).toBe('t');
    expect(output).toContain(slot);

    const old = /its old data, \d+ [kM]B, lies in\s+(\S+)/.exec(output)?.[1] ?? '';
    expect(await on('follower1', ['cat', `${old}/PG_VERSION`])).toBe('15');
  });

  it('finds nothing to do the second time, asks nobody and changes nothing', async () => {
    const look = async () => [
      await stateOf('leader'),
      await stateOf('follower1'),
      await psql('leader', 'shop', ORDERS),
    ];
    const before = await look();
    const running = onTerminal();
    expect(await running.code, running.output()).toBe(0);
    expect(running.output()).toContain('nobody was asked, nothing was changed');
    expect(running.output()).not.toMatch(/Type \w+ to approve|demo approver/);
    expect(running.output()).toContain(/demo, run [0-9a-f]{8}/.exec(before[2] ?? '')?.[0] ?? 'no record');
    expect(await look()).toEqual(before);
  });

  it('leaves hosts, server and worker running, and lab destroy removes them all', async () => {
    const up = labCompanion(home, 'up') ?? 0;
    const { pid } = JSON.parse(readFileSync(join(home, 'state/server.json'), 'utf8')) as { pid: number };
    expect([up, pid].map((id) => isProcessAlive(id))).toEqual([true, true]);
    const { code, stderr } = await labCommand(home, ['destroy']);
    expect(code, stderr).toBe(0);
    expect([up, pid].map((id) => isProcessAlive(id))).toEqual([false, false]);
    expect(existsSync(home)).toBe(false);
  });
});
