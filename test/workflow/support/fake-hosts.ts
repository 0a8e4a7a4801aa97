import { ApplicationFailure, Context, heartbeat } from '@temporalio/activity';
import { CODES } from '../../../workflows/contract/codes.js';
import type { FailureCode } from '../../../workflows/contract/codes.js';
import type {
  Activities,
  LeaderStepInput,
  ReversalSurveyInput,
  StepInput,
  StepResult,
  SurveyInput,
  TakeOverInput,
} from '../../../workflows/contract/activities.js';
import type { Notification } from '../../../workflows/contract/notification.js';
import type { ReportInput } from '../../../workflows/contract/report.js';
import type { SwapLook } from '../../../workflows/contract/card.js';
import type { Plan } from '../../../workflows/contract/plan.js';
import { makePlan, makeReversalPlan } from './make-plan.js';

export type StepName = Exclude<
  keyof Activities,
  | 'surveyAndPlan'
  | 'surveyReplaced'
  | 'lookBeforeSwap'
  | 'keepRehearsal'
  | 'takeOver'
  | 'notify'
  | 'writeReport'
  | 'readReport'
>;
export type AnyInput = SurveyInput | StepInput | LeaderStepInput | TakeOverInput;

/** What a host does at one call of a step; the last one of a list stays. */
export type Behaviour = (input: AnyInput) => Promise<void> | void;

/** Pretends to be all hosts of one cluster, and remembers in which order it was asked for what. */
export class FakeHosts {
  /** `<activity> <follower, or ->`, at the begin; `… stopped` when a cancelled activity has cleaned up. */
  readonly calls: string[] = [];
  readonly inputs: { call: string; input: AnyInput }[] = [];
  plans: ((plan: Plan, input: SurveyInput) => Plan)[] = [];
  /** What a look before the swap sees that is not as on the card; the last one stays. */
  looks: Partial<SwapLook>[] = [];
  leftovers: string[] = [];
  /** What `notify` was told. */
  readonly told: Notification[] = [];
  /** What `writeReport` was given. */
  readonly reports: ReportInput[] = [];
  readonly #behaviours = new Map<string, Behaviour[]>();

  /** `call`: `<activity>` or `<activity> <follower>`. */
  at(call: string, ...behaviours: Behaviour[]): this {
    this.#behaviours.set(call, behaviours);
    return this;
  }

  surveys(...plans: ((plan: Plan, input: SurveyInput) => Plan)[]): this {
    this.plans = plans;
    return this;
  }

  count(call: string): number {
    return this.calls.filter((one) => one === call || one.startsWith(`${call} `)).length;
  }

  async survey(input: SurveyInput): Promise<Plan> {
    await this.#run('surveyAndPlan', '-', input);
    const change = this.plans.length > 1 ? this.plans.shift() : this.plans[0];
    const plan = makePlan(input);
    return change === undefined ? plan : change(plan, input);
  }

  async surveyReplaced(input: ReversalSurveyInput): Promise<Plan> {
    await this.#run('surveyReplaced', '-', input);
    const change = this.plans.length > 1 ? this.plans.shift() : this.plans[0];
    const plan = makeReversalPlan(input);
    return change === undefined ? plan : change(plan, input);
  }

  async look(input: StepInput): Promise<SwapLook> {
    const { follower } = input;
    await this.#run('lookBeforeSwap', follower.name, input);
    const change = this.looks.length > 1 ? this.looks.shift() : this.looks[0];
    return {
      at: '2026-01-01T00:00:00.000Z',
      fingerprint: follower.fingerprint,
      fingerprintLines: follower.fingerprintLines,
      ...(follower.use === undefined ? {} : { use: follower.use }),
      tolerated: true,
      connected: [],
      retainedWalBytes: 0,
      streams: true,
      ...change,
    };
  }

  async step(name: StepName, input: StepInput | LeaderStepInput): Promise<StepResult> {
    await this.#run(name, 'follower' in input ? input.follower.name : '-', input);
    const summary = name === 'swapDataDirectory' ? { summary: { downtimeMs: 900 } } : {};
    return { changed: true, evidence: `${name} seen`, ...summary };
  }

  async takeOver(input: TakeOverInput): Promise<StepResult> {
    await this.#run('takeOver', input.host, input);
    return { changed: true, evidence: `${input.holder.op} taken over` };
  }

  /** Not among the calls: it is no step, and comes after all of them. */
  async report(input: ReportInput): Promise<void> {
    const [behaviour] = this.#behaviours.get('writeReport') ?? [];
    await withHeartbeats(async () => behaviour?.(input as unknown as AnyInput));
    this.reports.push(input);
  }

  /** Until it is cancelled, where it is not told otherwise. */
  async keep(input: StepInput): Promise<void> {
    await this.#run('keepRehearsal', input.follower.name, input, () => Context.current().cancelled);
  }

  async #run(name: string, follower: string, input: AnyInput, untold?: Behaviour): Promise<void> {
    const call = `${name} ${follower}`;
    this.calls.push(call);
    this.inputs.push({ call, input: structuredClone(input) });
    const list = this.#behaviours.get(call) ?? this.#behaviours.get(name) ?? [];
    const behaviour = list.length > 1 ? list.shift() : (list[0] ?? untold);
    await withHeartbeats(async () => behaviour?.(input));
  }
}

async function withHeartbeats(work: () => Promise<void>): Promise<void> {
  heartbeat();
  const timer = setInterval(() => {
    heartbeat();
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

/** Fails as the step wrapper does: the code as type, problem and kind as the detail. */
export const failsWith =
  (code: FailureCode, message = `host: ${code}`): Behaviour =>
  () => {
    const { kind } = CODES[code];
    throw ApplicationFailure.create({
      type: code,
      message,
      details: [{ problem: { code, message }, kind }],
      nonRetryable: kind !== 'retry',
    });
  };

export const succeeds: Behaviour = () => undefined;

/** Stays until released, or until cancelled; a cancel takes `stopMs` to stop what runs on the host. */
export class Hold {
  #begin = (): void => undefined;
  #release = (): void => undefined;
  readonly begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  release(): void {
    this.#release();
  }

  readonly behaviour =
    (hosts: FakeHosts, name: string, stopMs = 100): Behaviour =>
    async () => {
      const { cancelled } = Context.current();
      this.#begin();
      try {
        await Promise.race([this.#released, cancelled]);
      } catch (error) {
        await new Promise((resolve) => setTimeout(resolve, stopMs));
        hosts.calls.push(`${name} stopped`);
        throw error;
      }
    };
}

/** One worker serves every test of a file: the cluster's name says whose hosts are meant. */
export function activitiesOf(hostsOf: (cluster: string) => FakeHosts): Activities {
  const step = (name: StepName) => (input: StepInput | LeaderStepInput) =>
    hostsOf(input.config.cluster).step(name, input);
  const undo = (name: 'undoFollower' | 'undoLeader') => async (input: StepInput | LeaderStepInput) => {
    const hosts = hostsOf(input.config.cluster);
    await hosts.step(name, input);
    return { leftovers: hosts.leftovers };
  };
  return {
    surveyAndPlan: (input) => hostsOf(input.config.cluster).survey(input),
    ensureCredentials: step('ensureCredentials'),
    ensureLeaderSettings: step('ensureLeaderSettings'),
    ensureLeaderHbaRule: step('ensureLeaderHbaRule'),
    restartLeader: step('restartLeader'),
    proveAccess: step('proveAccess'),
    wipeDataDirectory: step('wipeDataDirectory'),
    ensureSlot: step('ensureSlot'),
    takeBaseBackup: step('takeBaseBackup'),
    verifyBaseBackup: step('verifyBaseBackup'),
    configureFollower: step('configureFollower'),
    rehearseFollower: step('rehearseFollower'),
    keepRehearsal: (input) => hostsOf(input.config.cluster).keep(input),
    lookBeforeSwap: (input) => hostsOf(input.config.cluster).look(input),
    swapDataDirectory: step('swapDataDirectory'),
    startFollower: step('startFollower'),
    verifyStreaming: step('verifyStreaming'),
    prepareSwitchover: step('prepareSwitchover'),
    closeOperation: step('closeOperation'),
    surveyReplaced: (input) => hostsOf(input.config.cluster).surveyReplaced(input),
    undoReplacement: step('undoReplacement'),
    withdrawFromLeader: step('withdrawFromLeader'),
    purgeReplaced: step('purgeReplaced'),
    takeOver: (input) => hostsOf(input.config.cluster).takeOver(input),
    notify: (input) => {
      hostsOf(input.notification.cluster).told.push(input.notification);
      return Promise.resolve();
    },
    writeReport: async (input) => {
      const hosts = hostsOf(input.state.cluster);
      await hosts.report(input);
      return { folder: '/reports' };
    },
    readReport: ({ cluster, runId }) => {
      const { workflowId, state } = hostsOf(cluster).reports.find((one) => one.runId === runId) ?? {};
      if (workflowId === undefined || state === undefined)
        return Promise.reject(
          ApplicationFailure.create({
            type: 'REPORT_NOT_FOUND',
            message: `${cluster}: this worker has no report of run ${runId}`,
            nonRetryable: true,
            details: [
              {
                problem: {
                  code: 'REPORT_NOT_FOUND',
                  message: `${cluster}: this worker has no report of run ${runId}`,
                },
                kind: 'ask',
              },
            ],
          }),
        );
      return Promise.resolve({ version: 1, workflowId, runId, state, hosts: [] });
    },
    undoFollower: undo('undoFollower'),
    undoLeader: undo('undoLeader'),
  };
}
