import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { RunConfig } from '../../../workflows/contract/config.js';
import type { ResumeAction } from '../../../workflows/contract/failure.js';
import { FINGERPRINT_DIGITS } from '../../../workflows/contract/gates.js';
import type { DecideInput, Decision, GateState } from '../../../workflows/contract/gates.js';
import type { RunInput, RunTimings } from '../../../workflows/contract/input.js';
import {
  cancelUpdate,
  decideUpdate,
  refreshUpdate,
  resumeUpdate,
  runStateQuery,
} from '../../../workflows/contract/messages.js';
import type { CancelAnswer } from '../../../workflows/contract/messages.js';
import type { ReversalKind } from '../../../workflows/contract/target.js';
import { runWorkflowId, WORKFLOW_TYPES } from '../../../workflows/contract/names.js';
import { branchesOf, branchOf } from '../../../workflows/contract/reducer.js';
import type { RunState } from '../../../workflows/contract/run-state.js';
import { activitiesOf, FakeHosts } from './fake-hosts.js';
import { makeConfig } from './make-plan.js';

export const TIMINGS: RunTimings = {
  heartbeatTimeoutMs: 2_000,
  stepTimeoutMs: 60_000,
  remindersMs: [300_000],
  cardMaxAgeMs: 600_000,
  copyStallMs: 600_000,
};

/** Server and one worker for all tests of a file. */
export class Workbench {
  readonly client: Client;
  readonly #address: string;
  readonly #native: NativeConnection;
  readonly #hosts = new Map<string, FakeHosts>();
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly taskQueue = `test-${randomUUID()}`;

  private constructor(parts: { address: string; client: Client; native: NativeConnection }) {
    this.#address = parts.address;
    this.client = parts.client;
    this.#native = parts.native;
  }

  static async open(): Promise<Workbench> {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const address = inject('temporalAddress');
    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    const bench = new Workbench({ address, client: new Client({ connection }), native });
    bench.#closers.push(
      () => native.close(),
      () => connection.close(),
    );
    await bench.startWorker();
    return bench;
  }

  get address(): string {
    return this.#address;
  }

  get bundle(): { codePath: string } {
    return { codePath: inject('workflowBundle') };
  }

  /** Returns what stops it. */
  async startWorker(taskQueue = this.taskQueue): Promise<() => Promise<void>> {
    const worker = await Worker.create({
      connection: this.#native,
      taskQueue,
      workflowBundle: this.bundle,
      activities: activitiesOf((cluster) => this.hosts(cluster)),
      maxHeartbeatThrottleInterval: '200ms',
      stickyQueueScheduleToStartTimeout: '1s',
      shutdownForceTime: '5s',
    });
    const run = worker.run();
    const stop = async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await run;
    };
    this.#closers.push(stop);
    return stop;
  }

  hosts(cluster: string): FakeHosts {
    const hosts = this.#hosts.get(cluster) ?? new FakeHosts();
    this.#hosts.set(cluster, hosts);
    return hosts;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  async start(options: RunOptions = {}): Promise<TestRun> {
    const {
      followers,
      timings,
      taskQueue,
      requester = 'rita',
      kind,
      cluster = `c${randomUUID().slice(0, 8)}`,
    } = options;
    const config = makeConfig(cluster, followers);
    options.change?.(config);
    const input: RunInput = {
      config,
      configDigest: 'd1',
      requester,
      server: 'test',
      timings: { ...TIMINGS, ...timings },
      ...(kind === undefined ? {} : { kind }),
    };
    options.script?.(this.hosts(cluster));
    const handle = await this.client.workflow.start(TYPE_OF[kind ?? 'set-up'], {
      workflowId: runWorkflowId(cluster),
      taskQueue: taskQueue ?? this.taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
    });
    return new TestRun(this, cluster, handle);
  }
}

const TYPE_OF = {
  'set-up': WORKFLOW_TYPES.setUpReplication,
  undo: WORKFLOW_TYPES.undoReplacement,
  purge: WORKFLOW_TYPES.purgeReplaced,
} as const;

export interface RunOptions {
  /** Absent: a set-up. */
  kind?: ReversalKind;
  cluster?: string;
  followers?: string[];
  timings?: Partial<RunTimings>;
  taskQueue?: string;
  requester?: string;
  change?: (config: RunConfig) => void;
  script?: (hosts: FakeHosts) => void;
}

/** One run as an operator sees it. */
export class TestRun {
  readonly bench: Workbench;
  readonly cluster: string;
  readonly handle: WorkflowHandle;

  constructor(bench: Workbench, cluster: string, handle: WorkflowHandle) {
    this.bench = bench;
    this.cluster = cluster;
    this.handle = handle;
  }

  get hosts(): FakeHosts {
    return this.bench.hosts(this.cluster);
  }

  state(): Promise<RunState> {
    return this.handle.query(runStateQuery);
  }

  /** Polls the query until the state is as wanted. */
  async until(what: string, wanted: (state: RunState) => boolean, withinMs = 15_000): Promise<RunState> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const state = await this.state();
      if (wanted(state)) return state;
      if (Date.now() > deadline) throw new Error(`not in time: ${what}\n${JSON.stringify(state, null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async openGate(id: string, other?: string): Promise<GateState> {
    const open = (state: RunState) =>
      branchesOf(state)
        .flatMap(([, { gates }]) => gates)
        .find((gate) => gate.id === id && gate.decision === undefined && gate.token !== other);
    const gate = open(await this.until(`gate ${id} open`, (state) => open(state) !== undefined));
    if (gate === undefined) throw new Error('unreachable');
    return gate;
  }

  async decide(id: string, over: Partial<DecideInput> = {}): Promise<Decision> {
    return this.decideOn(await this.openGate(id), over);
  }

  decideOn(gate: GateState, over: Partial<DecideInput> = {}): Promise<Decision> {
    return this.handle.executeUpdate(decideUpdate, { args: [decisionFor(gate, over)] });
  }

  async refresh(gate: GateState): Promise<void> {
    const { id: gateId, token } = gate;
    await this.handle.executeUpdate(refreshUpdate, { args: [{ gateId, token }] });
  }

  /** Approves whatever is open now, leader first. */
  async approveAll(...followers: string[]): Promise<void> {
    await this.decide('change-leader');
    for (const name of followers.length > 0 ? followers : ['follower1'])
      await this.decide(`wipe-follower/${name}`);
  }

  async parked(branch: string, code: string): Promise<string> {
    const failure = (state: RunState) => branchOf(state, branch)?.failure;
    const state = await this.until(`${branch} parked on ${code}`, (now) => failure(now)?.code === code);
    return failure(state)?.failureId ?? '';
  }

  async resume(branch: string, action: ResumeAction, failureId?: string): Promise<void> {
    const state = await this.state();
    const id = failureId ?? branchOf(state, branch)?.failure?.failureId ?? '';
    await this.handle.executeUpdate(resumeUpdate, { args: [{ branch, failureId: id, action, by: 'oscar' }] });
  }

  cancel(follower?: string): Promise<CancelAnswer> {
    const input = follower === undefined ? { by: 'oscar' } : { by: 'oscar', follower };
    return this.handle.executeUpdate(cancelUpdate, { args: [input] });
  }

  result(): Promise<RunState> {
    return this.handle.result() as Promise<RunState>;
  }
}

export const decisionFor = (gate: GateState, over: Partial<DecideInput> = {}): DecideInput => ({
  gateId: gate.id,
  token: gate.token,
  fingerprint: gate.fingerprint.slice(0, FINGERPRINT_DIGITS),
  confirm: gate.name,
  verdict: 'approved',
  by: 'alice',
  validUntil: inMs(60_000),
  ...over,
});

export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** The clock has gone past a time (epoch ms) that something of the test's own expires at. */
export async function past(time: number): Promise<void> {
  while (Date.now() <= time) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** The code a refused update carries. */
export async function refusal(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.then(
    () => new Error('the update was accepted'),
    (reason: unknown) => reason,
  );
  const { cause } = error as { cause?: { type?: string; details?: { problem?: { code?: string } }[] } };
  if (cause?.type === undefined || cause.details?.[0]?.problem?.code !== cause.type) throw error;
  return cause.type;
}
