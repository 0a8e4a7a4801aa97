import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../bin/main.js';
import type { RunView } from '../../../client/run-view.js';
import type { GateState } from '../../../workflows/contract/gates.js';
import { testIo } from '../../unit/client/test-io.js';
import type { TestIo } from '../../unit/client/test-io.js';
import type { Workbench } from '../support/workbench.js';
import type { FakeHosts } from '../support/fake-hosts.js';

export interface Answer {
  code: number;
  out: string;
  err: string;
  io: TestIo;
}

export interface TypeOptions {
  /** Somebody sits at the terminal and types these, in order; undefined is end of file or Ctrl-C. */
  types?: (string | undefined)[];
  /** The same, but at leisure: what is typed at a question, once it is typed. */
  answers?: (question: string) => string | undefined | Promise<string | undefined>;
  /** A task queue nobody serves. */
  deadQueue?: boolean;
  onIo?: (io: TestIo) => void;
}

/** A person with a folder that has a runbook.yaml, typing commands. */
export class Operator {
  readonly cluster = `cli-${randomUUID().slice(0, 8)}`;
  readonly folder = mkdtempSync(join(tmpdir(), 'runbook-cli-'));
  readonly bench: Workbench;

  constructor(bench: Workbench, extra = '', followers = ['follower1']) {
    this.bench = bench;
    this.configure(extra, followers);
  }

  configure(extra: string, followers = ['follower1']): void {
    writeFileSync(
      join(this.folder, 'runbook.yaml'),
      [
        'version: 1',
        `cluster: ${this.cluster}`,
        'leader: { name: leader, host: leader.test, address: 10.0.0.1 }',
        'followers:',
        ...followers.map((name) => `  - { name: ${name}, host: ${name}.test }`),
        'ssh: { user: ops }',
        extra,
      ].join('\n'),
    );
  }

  get hosts(): FakeHosts {
    return this.bench.hosts(this.cluster);
  }

  async types(line: string, { types, answers, deadQueue, onIo }: TypeOptions = {}): Promise<Answer> {
    const typed = [...(types ?? [])];
    const io = testIo({
      cwd: this.folder,
      env: { HOME: this.folder, SUDO_USER: 'alice' },
      ...(types === undefined ? {} : { answers: () => typed.shift() }),
      ...(answers === undefined ? {} : { answers }),
    });
    onIo?.(io);
    const words = line.split(' ');
    const takesQueue = ['start', 'plan', 'doctor', 'resume', 'check', 'report'].includes(words[0] ?? '');
    const queue = deadQueue ? `dead-${randomUUID()}` : this.bench.taskQueue;
    const argv = [...words, '--address', this.bench.address, ...(takesQueue ? ['--task-queue', queue] : [])];
    const code = await main(argv, '0.0.0', io);
    return { code, out: io.out(), err: io.err(), io };
  }

  async view(): Promise<RunView> {
    return JSON.parse((await this.types('show --json')).out) as RunView;
  }

  /** Polls `show --json`. */
  async until(what: string, wanted: (view: RunView) => boolean, withinMs = 15_000): Promise<RunView> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const view = await this.view();
      if (wanted(view)) return view;
      if (Date.now() > deadline) throw new Error(`not in time: ${what}\n${JSON.stringify(view, null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async gate(id: string): Promise<GateState> {
    const open = ({ leader, followers }: RunView): GateState | undefined =>
      [leader, ...Object.values(followers)]
        .flatMap(({ gates }) => gates)
        .find((gate) => gate.id === id && gate.decision === undefined);
    const gate = open(await this.until(`gate ${id} is open`, (view) => open(view) !== undefined));
    if (gate === undefined) throw new Error('unreachable');
    return gate;
  }

  async approve(id: string): Promise<Answer> {
    const { name, fingerprint } = await this.gate(id);
    return this.types(`approve --gate ${id} --confirm ${name} --fingerprint ${fingerprint.slice(0, 12)}`);
  }

  /** Ends what is still open, so that a shared server is left clean. */
  async leave(): Promise<void> {
    const handle = this.bench.client.workflow.getHandle(`replication/${this.cluster}`);
    await handle.terminate('end of the test').catch(() => undefined);
    rmSync(this.folder, { recursive: true });
  }
}

export const errorOf = ({ out }: Answer): { code: string; message: string; detail?: string; hint?: string } =>
  (JSON.parse(out) as { error: { code: string; message: string; detail?: string; hint?: string } }).error;
