import { APPROVAL_TRAVEL_MS, FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { DecideInput, Decision, GateState } from '../../workflows/contract/gates.js';
import { decideUpdate } from '../../workflows/contract/messages.js';
import type { Plan } from '../../workflows/contract/plan.js';
import type { RunState } from '../../workflows/contract/run-state.js';
import { formatDuration } from '../../planning/format.js';
import { branchesOf } from '../exit-codes.js';
import { CommandFailure, commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { describeRun, queryPlan, queryRunState, requireOpenRun } from '../runs.js';
import type { RunDescription } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import type { Target } from '../target.js';

/** An open run as a worker sees it: whoever decides must see the card, and only a worker has it. */
export interface Undecided {
  run: RunDescription;
  plan: Plan;
  gates: GateState[];
}

/** The open gates the command may mean. @throws NO_OPEN_GATE, GATE_DECIDED, WORKER_ABSENT, RUN_CLOSED … */
export async function undecided({ link, cluster }: Target, options: CommandOptions): Promise<Undecided> {
  const run = await describeRun(link, cluster);
  requireOpenRun(run, cluster);
  const state = await queryRunState(link, run);
  const plan = state === undefined ? undefined : await queryPlan(link, run);
  if (state === undefined)
    throw commandFailure('WORKER_ABSENT', 'no worker has answered within five seconds');
  const all = branchesOf(state).flatMap(({ gates }) => gates);
  const open = all.filter(({ decision }) => decision === undefined);
  const wanted = open.filter((gate) => isMeant(gate, options));
  if (plan === undefined || wanted.length === 0) throw nothingOpen(state, all, open, options);
  return { run, plan, gates: wanted };
}

const isMeant = ({ id, name }: GateState, { gate, follower }: CommandOptions): boolean =>
  (gate === undefined || gate === id) && (follower === undefined || follower === name);

function nothingOpen(state: RunState, all: GateState[], open: GateState[], options: CommandOptions): Error {
  const decided = all.find((gate) => isMeant(gate, options))?.decision;
  const named = options.gate ?? options.follower;
  if (decided !== undefined && named !== undefined) {
    const { gateId, verdict, by, at } = decided;
    return commandFailure('GATE_DECIDED', `${gateId} was ${verdict} by ${by} at ${at}`);
  }
  const message =
    named === undefined
      ? `${state.cluster}: no gate is open`
      : `${state.cluster}: no gate of "${named}" is open`;
  const parked = branchesOf(state).flatMap(({ failure }) => (failure === undefined ? [] : [failure.message]));
  const detail = [
    ...(open.length === 0 ? [] : [`Open: ${open.map(({ id }) => id).join(', ')}.`]),
    ...parked.map((failure) => `Parked: ${failure}`),
  ].join('\n');
  return commandFailure('NO_OPEN_GATE', message, { detail });
}

/** The one gate meant by a command that asks nobody. */
export function onlyGate(gates: GateState[]): GateState {
  const [gate] = gates;
  if (gate === undefined || gates.length > 1) {
    throw commandFailure(
      'SEVERAL_GATES_OPEN',
      `${String(gates.length)} gates are open, and the command names none`,
      {
        detail: `Open: ${gates.map(({ id }) => id).join(', ')}.`,
      },
    );
  }
  return gate;
}

type Verdict = Pick<DecideInput, 'verdict' | 'confirm' | 'identifier' | 'fingerprint' | 'by' | 'reason'>;

/** Sends one decision, valid for a minute from now. */
export async function sendDecision(
  { link }: Target,
  io: CommandIo,
  run: RunDescription,
  gate: GateState,
  verdict: Verdict,
): Promise<Decision> {
  const sentAt = Date.now();
  const validUntil = new Date(sentAt + APPROVAL_TRAVEL_MS).toISOString();
  const input: DecideInput = { ...verdict, gateId: gate.id, token: gate.token, validUntil };
  const what = `the ${verdict.verdict === 'approved' ? 'approval' : 'rejection'} of ${gate.id}`;
  try {
    return await sendUpdate(link, run, decideUpdate, {
      input,
      what,
      validUntil,
      interrupted: io.interrupted,
    });
  } catch (error) {
    throw withClockDifference(error, sentAt);
  }
}

/** The card's digits as the run compares them. @throws GATE_CHANGED for a fingerprint of another card */
export function requireFingerprint(gate: GateState, typed: string): string {
  const digits = typed.toLowerCase();
  if (digits.length >= FINGERPRINT_DIGITS && gate.fingerprint.startsWith(digits))
    return digits.slice(0, FINGERPRINT_DIGITS);
  throw commandFailure('GATE_CHANGED', `${gate.id} is open with another fingerprint than ${typed}`, {
    detail: `The card says ${gate.fingerprint.slice(0, FINGERPRINT_DIGITS)}.`,
  });
}

const NOTICEABLE_MS = 5_000;

/** The run answers an expired approval with its own time, which tells how far this clock is off. */
function withClockDifference(error: unknown, sentAt: number): unknown {
  if (!(error instanceof CommandFailure) || error.problem.code !== 'APPROVAL_EXPIRED') return error;
  const said = /clock says (\S+)/.exec(error.problem.message)?.[1];
  const ahead = said === undefined ? Number.NaN : sentAt - Date.parse(said);
  if (!(Math.abs(ahead) > NOTICEABLE_MS)) return error;
  const detail = `This machine's clock is ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the run's.`;
  return commandFailure('APPROVAL_EXPIRED', error.problem.message, {
    detail,
    hint: 'Set the clock of this machine, then decide again.',
    cause: error,
  });
}
