import type { GateState } from '../../workflows/contract/gates.js';
import type { RunState } from '../../workflows/contract/run-state.js';
import type { TemporalLink } from '../connection.js';
import { branchesOf } from '../exit-codes.js';
import type { CommandIo } from '../io.js';
import { pause } from '../pause.js';
import { queryRunState } from '../runs.js';
import type { RunDescription } from '../runs.js';

const INTERVAL_MS = 1_000;

export interface AnswerWhileOpen {
  typed?: string | undefined;
  /** The gate no longer waits: what became of it, as a person would say it. */
  decided?: { text: string; approved: boolean };
}

/** Asks for as long as this opening of the gate waits; a decision of somebody else takes the question away. */
export async function askWhileOpen(
  link: TemporalLink,
  run: RunDescription,
  gate: GateState,
  io: CommandIo,
  question: string,
): Promise<AnswerWhileOpen> {
  const [withdrawn, answered] = [new AbortController(), new AbortController()];
  let decided: AnswerWhileOpen['decided'];
  const watched = untilDecided(link, run, gate, answered.signal).then((found) => {
    decided = found;
    if (found !== undefined) withdrawn.abort();
  });
  const typed = await io.ask(question, withdrawn.signal);
  answered.abort();
  if (!withdrawn.signal.aborted) return { typed };
  await watched;
  return decided === undefined ? { typed } : { decided };
}

async function untilDecided(
  link: TemporalLink,
  run: RunDescription,
  gate: GateState,
  answered: AbortSignal,
): Promise<AnswerWhileOpen['decided']> {
  for (;;) {
    await pause(INTERVAL_MS, answered);
    if (answered.aborted) return undefined;
    // Who cannot be asked at the moment has decided nothing: the question stays.
    const state = await queryRunState(link, run).catch(() => undefined);
    const found = state === undefined ? undefined : fateOf(state, gate);
    if (found !== undefined) return found;
  }
}

function fateOf(state: RunState, { id, token }: GateState): AnswerWhileOpen['decided'] {
  const now = branchesOf(state)
    .flatMap(({ gates }) => gates)
    .find((gate) => gate.id === id);
  if (now?.token === token && now.decision === undefined) return undefined;
  if (now?.token !== token || now.decision === undefined)
    return {
      text: now === undefined ? 'no longer waits for a decision' : 'the plan has changed; it asks anew',
      approved: false,
    };
  const { verdict, by } = now.decision;
  return { text: `${verdict} by ${by} meanwhile`, approved: verdict === 'approved' };
}
