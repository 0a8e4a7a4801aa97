import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { main } from '../../../bin/main.js';
import { loadConfig } from '../../../client/config/load-config.js';
import { connectTemporal } from '../../../client/connection.js';
import { readRunView } from '../../../client/run-view.js';
import { startRun } from '../../../client/start-run.js';
import { labCommand, labExec } from '../../../lab/lab-exec.js';
import type { CopyProgress } from '../../../workflows/contract/activities.js';
import { DEFAULT_TIMINGS, type RunTimings } from '../../../workflows/contract/input.js';
import { testIo } from '../../unit/client/test-io.js';
import { until } from './until.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const CLI = join(ROOT, 'dist/bin/runbook.js');
const KILLING_WORKER = join(ROOT, 'dist/test/lab/support/killing-worker.js');

/** A look costs server, worker and test some 20 ms of the cores that all of them share with the hosts. */
const LOOK_EVERY_MS = 150;

export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Gate {
  id: string;
  name: string;
  fingerprint: string;
  token: string;
  identifier?: string;
  because?: string;
  decision?: { verdict: string };
}

export interface View {
  phase: string;
  outcome?: string;
  leader: BranchView;
  followers: Record<string, BranchView>;
  retry?: Record<string, { step: string; attempt: number; code?: string; message: string }>;
  progress?: Record<string, CopyProgress>;
}

/** What tests change of the lab's configuration. */
export interface EditableConfig {
  leader: Record<string, unknown>;
  followers: Record<string, unknown>[];
  ssh: Record<string, unknown>;
  replication: Record<string, unknown>;
  copy?: Record<string, unknown>;
  approval?: Record<string, unknown>;
}

interface BranchView {
  phase: string;
  class?: string;
  gates: Gate[];
  failure?: { code: string; message: string; detail?: string; hint?: string; failureId: string };
  steps: { id: string; status: string; changed?: boolean; evidence?: string }[];
  leftovers: string[];
  summary?: { downtimeMs?: number; replacedDirectory?: string };
}

/**
 * An operator at a terminal of their own: a directory with a runbook.yaml, the built command line, and the
 * server and workers they started. `close` ends all of it.
 */
export class Operator {
  readonly home: string;
  readonly directory: string;
  readonly #children = new Set<ChildProcess>();
  #link: ReturnType<typeof connectTemporal> | undefined;
  #closing = false;

  constructor(home: string) {
    this.home = home;
    this.directory = mkdtempSync(join(tmpdir(), 'runbook-operator-'));
    this.writeConfig(() => undefined);
  }

  get configFile(): string {
    return join(this.directory, 'runbook.yaml');
  }

  get stateHome(): string {
    return join(this.directory, 'state');
  }

  /** The lab's own configuration with a change; `edit` works on the parsed document. */
  writeConfig(edit: (config: EditableConfig) => void): void {
    const config = parse(readFileSync(join(dirname(this.home), 'runbook.yaml'), 'utf8')) as EditableConfig;
    edit(config);
    writeFileSync(this.configFile, stringify(config));
  }

  /** A command, without the second of a core that a process of its own would take. */
  async cli(...args: string[]): Promise<CliOutcome> {
    const io = testIo({ cwd: this.directory, env: this.#env() });
    const code = await main(args, '0.0.0', io);
    return { code, stdout: io.out(), stderr: io.err() };
  }

  /** The same as people run it. */
  async program(...args: string[]): Promise<CliOutcome> {
    const child = this.#spawn([CLI, ...args]);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const code = await new Promise<number>((resolve) =>
      child.once('close', (status) => resolve(status ?? -1)),
    );
    return { code, stdout: stdout(), stderr: stderr() };
  }

  /** A command that must succeed. */
  async ok(...args: string[]): Promise<CliOutcome> {
    const outcome = await this.cli(...args);
    if (outcome.code !== 0)
      throw new Error(
        `runbook ${args.join(' ')} ended with ${String(outcome.code)}\n${outcome.stdout}${outcome.stderr}`,
      );
    return outcome;
  }

  /** What `runbook show --json` prints, read without a process of its own: tests ask for it again and again. */
  async view(): Promise<View> {
    const { cluster } = parse(readFileSync(this.configFile, 'utf8')) as { cluster: string };
    this.#link ??= connectTemporal({}, { env: { RUNBOOK_STATE_HOME: this.stateHome } });
    try {
      return JSON.parse(JSON.stringify(await readRunView(await this.#link, cluster))) as View;
    } catch (error) {
      await this.forgetServer();
      throw error;
    }
  }

  /** Waits for the view to be as wanted. */
  async until<T>(what: string, look: (view: View) => T | undefined | false, limitMs = 60_000): Promise<T> {
    let last: View | undefined;
    try {
      return await until(what, async () => look((last = await this.view())), limitMs, LOOK_EVERY_MS);
    } catch (error) {
      throw new Error(`${what}, but: ${whereItStands(last)}`, { cause: error });
    }
  }

  async server(): Promise<ChildProcess> {
    return this.#start([CLI, 'server'], /UI|Temporal server/);
  }

  async worker(): Promise<ChildProcess> {
    return this.#start([CLI, 'worker'], /./);
  }

  /** A worker with the kill points of `directory`. One that is killed is started again, as systemd would. */
  async killingWorker(directory: string): Promise<void> {
    const child = await this.#start([KILLING_WORKER, this.stateHome, directory], /ready/);
    child.once('exit', (_code, signal) => {
      if (signal === 'SIGKILL' && !this.#closing) void this.killingWorker(directory);
    });
  }

  async up(): Promise<ChildProcess> {
    return this.#start([CLI, 'up'], /Ready/);
  }

  async approve(gate: string): Promise<void> {
    const view = await this.view();
    const found = [view.leader, ...Object.values(view.followers)]
      .flatMap(({ gates }) => gates)
      .find(({ id, decision }) => id === gate && decision === undefined);
    if (found === undefined) throw new Error(`gate ${gate} is not open`);
    await this.ok(
      'approve',
      '--gate',
      gate,
      '--confirm',
      found.name,
      '--fingerprint',
      found.fingerprint.slice(0, 12),
      ...(found.identifier === undefined ? [] : ['--identifier', found.identifier]),
      '--by',
      'alice',
    );
  }

  async approveAll(): Promise<void> {
    const view = await this.until('open gates', (seen) => seen.phase === 'waiting' && seen);
    for (const { id, decision } of [view.leader, ...Object.values(view.followers)].flatMap(
      ({ gates }) => gates,
    ))
      if (decision === undefined) await this.approve(id);
  }

  /** Starts a run and approves all it asks for. */
  async startApproved(): Promise<void> {
    await this.cli('start');
    await this.approveAll();
  }

  /** The same with times of the test's own. */
  async startApprovedWith(timings: Partial<RunTimings>): Promise<void> {
    const link = await connectTemporal({}, { env: { RUNBOOK_STATE_HOME: this.stateHome } });
    try {
      await startRun(link, loadConfig(this.configFile), 'alice', {
        timings: { ...DEFAULT_TIMINGS, ...timings },
      });
    } finally {
      await link.close();
    }
    await this.approveAll();
  }

  on(host: string, script: string): Promise<string> {
    return onHost(this.home, host, script);
  }

  async kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    this.#children.delete(child);
  }

  /** The next one may have another port. */
  async forgetServer(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.forgetServer();
    // Workers before the server: the last started first.
    for (const child of [...this.#children].reverse())
      if (child.exitCode === null && child.signalCode === null) await this.kill(child, 'SIGTERM');
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A compiled program with its arguments. */
  #spawn(argv: string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, argv, {
      cwd: this.directory,
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  #env(): NodeJS.ProcessEnv {
    const { TEMPORAL_ADDRESS: _, ...env } = process.env;
    return { ...env, RUNBOOK_STATE_HOME: this.stateHome, LAB_HOME: this.home };
  }

  async #start(argv: string[], ready: RegExp): Promise<ChildProcess> {
    const child = this.#spawn(argv);
    this.#children.add(child);
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    await until(`${argv.join(' ')} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`${argv.join(' ')} ended: ${stdout()}${stderr()}`);
      return Promise.resolve(ready.test(stdout() + stderr()));
    });
    return child;
  }
}

/** What to know of a run that did not come to where a test waits for it. */
const whereItStands = (view: View | undefined): string =>
  JSON.stringify({
    ...Object.fromEntries(
      Object.entries({ leader: view?.leader, ...view?.followers }).map(([name, branch]) => [
        name,
        {
          phase: branch?.phase,
          failure: branch?.failure,
          steps: branch?.steps.filter(({ status }) => status !== 'pending').at(-1),
        },
      ]),
    ),
    retry: view?.retry,
    progress: view?.progress,
  });

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** Runs a shell script as root on a host of the lab, without ssh; it must succeed. */
export async function onHost(home: string, host: string, script: string): Promise<string> {
  const outcome = await labExec(home, host, ['bash', '-c', script]);
  if (outcome.code !== 0) throw new Error(`on ${host}: ${script}\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout.trim();
}

export const psql = (home: string, host: string, sql: string, database = 'postgres'): Promise<string> =>
  onHost(
    home,
    host,
    `cd / && setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -v ON_ERROR_STOP=1 -h /var/run/postgresql -d ${database} <<'SQL'\n${sql}\nSQL`,
  );

export async function resetLab(home: string): Promise<void> {
  const reset = await labCommand(home, ['reset'], { cwd: dirname(home) });
  if (reset.code !== 0) throw new Error(reset.stderr);
}
