import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readAnswer, STATE_DIRECTORY, type ScriptAnswer } from '../../../../planning/commands/script.js';
import type { CopyDirectoryInput } from '../../../../planning/commands/copy-directory.js';
import type { GuardInput } from '../../../../planning/commands/guard.js';
import { writeProgram } from '../../../support/write-program.js';

export interface ScriptOutcome extends ScriptAnswer {
  /** Absent: a signal ended the script. */
  code: number | undefined;
  stdout: string;
  stderr: string;
  text(key: string): string;
}

/** A directory in which the hosts' scripts run for real, with a state directory and programs of its own. */
export interface ScriptBench {
  directory: string;
  state: string;
  /** Stands first on the script's PATH. */
  programs: string;
  path(name: string): string;
  program(name: string, script: string): void;
  /** `edits` replace texts of the script; one that is not there is an error. */
  run(script: string, edits?: Record<string, string>, command?: string[]): Promise<ScriptOutcome>;
  /**
   * Runs the script in a process group that is killed right after its n-th effect on disk or units; 0
   * only counts them.
   */
  runCut(script: string, cutAfter: number): Promise<ScriptOutcome & { effects: number }>;
  /** What the operation's record holds; nothing where there is none. */
  record(dataDirectory: string, op: string): Record<string, string>;
  /** From here on the host is one without systemd. */
  withoutSystemd(): void;
  /** Writes the record of an operation that is under way. */
  claimed(guard: GuardInput, notes: Record<string, string>): void;
}

const SH = ['/bin/sh', '-s'];
/** How the scripts of the copy tell; the bench decides that for each test. */
const RUNS_SYSTEMD = 'runs_systemd() { [ -d /run/systemd/system ]; }';

// In memory where that is possible: the scripts sync after every change.
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function scriptBench(): ScriptBench {
  const directory = mkdtempSync(join(BASE, 'runbook-scripts-'));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [state, programs, cutting] = [
    join(directory, 'state'),
    join(directory, 'programs'),
    join(directory, 'cut'),
  ];
  const systemd = join(directory, 'run-systemd');
  for (const made of [programs, cutting, systemd]) mkdirSync(made);
  for (const name of ['mv', 'mkdir', 'rm', 'ln']) writeProgram(cutting, name, cutter(`/bin/${name} "$@"`));
  writeProgram(cutting, 'systemctl', cutter('"$PROGRAMS/systemctl" "$@"'));
  writeProgram(cutting, 'systemd-run', cutter('"$PROGRAMS/systemd-run" "$@"'));

  const prepare = (script: string, path: string, edits: Record<string, string>): string =>
    replaceAll(script.replace(RUNS_SYSTEMD, RUNS_SYSTEMD.replace(/\/run\S+/, systemd)), {
      [`STATE=${STATE_DIRECTORY}`]: `STATE=${state}`,
      'PATH=/usr/local/sbin': `PATH=${path}:/usr/local/sbin`,
      ...edits,
    });
  return {
    directory,
    state,
    programs,
    path: (name) => join(directory, name),
    program: (name, script) => writeProgram(programs, name, script),
    run: (script, edits = {}, command = SH) => execute(prepare(script, programs, edits), {}, command),
    async runCut(script, cutAfter) {
      const count = join(directory, 'effects');
      rmSync(count, { force: true });
      const environment = { PROGRAMS: programs, CUT_AFTER: String(cutAfter), EFFECTS: count };
      const outcome = await execute(prepare(script, `${cutting}:${programs}`, {}), environment);
      return { ...outcome, effects: existsSync(count) ? readFileSync(count, 'utf8').length : 0 };
    },
    withoutSystemd: () => rmSync(systemd, { recursive: true }),
    record(dataDirectory, op) {
      const file = recordFile(state, dataDirectory, op);
      return existsSync(file) ? readRecord(readFileSync(file, 'utf8')) : {};
    },
    claimed(guard, notes) {
      const { claimant, dataDirectory, op } = guard;
      const record = { op: op.id, ...claimant, dataDirectory, epoch: String(op.epoch), ...notes };
      const file = recordFile(state, dataDirectory, op.id);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(
        file,
        Object.entries(record)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
    },
  };
}

/** Runs the case for every place where a script with so many effects can be cut off, several at a time. */
export async function atEveryCut(effects: number, look: (cutAfter: number) => Promise<void>): Promise<void> {
  const cuts = Array.from({ length: effects }, (_, index) => index + 1);
  const worker = async (): Promise<void> => {
    for (let cut = cuts.shift(); cut !== undefined; cut = cuts.shift()) await look(cut);
  };
  await Promise.all([worker(), worker(), worker()]);
}

/** Does the real thing, counts it, and at the n-th ends the script's whole process group, itself included. */
const cutter = (command: string): string => `${command}
status=$?
printf x >>"$EFFECTS"
[ "$(wc -c <"$EFFECTS")" != "$CUT_AFTER" ] || kill -KILL 0
exit $status`;

function replaceAll(script: string, edits: Record<string, string>): string {
  return Object.entries(edits).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the script has no ${from}`);
    return text.replaceAll(from, () => to);
  }, script);
}

const recordFile = (state: string, dataDirectory: string, op: string): string => {
  const key = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16);
  return join(state, 'op', key, op);
};

export const readRecord = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );

/** As the ssh layer does: the script by stdin, and /dev/null as the stdin of what it runs. */
function execute(script: string, environment: Record<string, string>, command = SH): Promise<ScriptOutcome> {
  return shell(command, `{ :\n${script}\n} </dev/null\n`, environment);
}

export function shell(
  [command = '/bin/sh', ...args]: string[],
  stdin: string,
  environment: Record<string, string> = {},
): Promise<ScriptOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, env: { ...process.env, ...environment } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined); // ended before it had read everything
    child.once('error', reject);
    child.once('close', (code) => {
      const answer = readAnswer(stdout);
      const text = (key: string): string => Buffer.from(answer.encoded[key] ?? '', 'base64').toString();
      resolve({ ...answer, code: code ?? undefined, stdout, stderr, text });
    });
    child.stdin.end(stdin);
  });
}

/** A copy beside the data directory. */
export const BESIDE: CopyDirectoryInput = {
  mode: 'side-by-side',
  osUser: 'postgres',
  version: '15',
  binDirectory: '/usr/lib/postgresql/15/bin',
  leaderSystemIdentifier: '7',
};

/** An operation on the data directory; `change` makes it another's. */
export function guardOn(
  dataDirectory: string,
  change: { op?: string; epoch?: number; workflowId?: string; runId?: string; server?: string } = {},
): GuardInput {
  const {
    op = 'a1b2c3d4',
    epoch = 1,
    workflowId = 'replication/orders',
    runId = 'run-1',
    server = 'here',
  } = change;
  return {
    dataDirectory,
    op: { id: op, epoch },
    side: 'follower',
    claimant: { workflowId, runId, server, requester: 'alice' },
    journal: { step: 'ensureSlot', commands: ["SELECT 'it''s'"] },
  };
}
