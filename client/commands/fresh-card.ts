import { refreshUpdate } from '../../workflows/contract/messages.js';
import type { GateState } from '../../workflows/contract/gates.js';
import { formatDuration } from '../../planning/format.js';
import { CommandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { sendUpdate } from '../send-update.js';
import type { Target } from '../target.js';
import { undecided } from './decide.js';
import type { Undecided } from './decide.js';

/** One open gate and the plan its card shows. */
export interface Card extends Pick<Undecided, 'run' | 'plan'> {
  gate: GateState;
}

/** Surveying takes seconds; a host that does not answer is waited for half a minute. */
const REFRESH_DEADLINE_MS = 60_000;

/** The card as it is, or one with facts read again where it is too old. Nobody approves what nobody has looked at lately. */
export async function freshCard(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  card: Card,
): Promise<Card> {
  const { freshUntil, openedAt } = card.gate;
  if (freshUntil === undefined || Date.now() < Date.parse(freshUntil)) return card;
  const age = formatDuration(Math.max(0, Date.now() - Date.parse(openedAt)));
  io.note(`${card.gate.id}: its card is ${age} old; looking at the hosts again`);
  return refreshedCard(target, options, io, card);
}

/** @throws what stands in the way of a new card, e.g. NO_OPEN_GATE with the failure the follower is parked on */
export async function refreshedCard(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  { run, gate }: Card,
): Promise<Card> {
  await sendUpdate(target.link, run, refreshUpdate, {
    input: { gateId: gate.id, token: gate.token },
    what: `the request for a new card of ${gate.id}`,
    interrupted: io.interrupted,
    deadlineMs: REFRESH_DEADLINE_MS,
  }).catch((error: unknown) => {
    // Somebody else was faster: there is a new card already.
    if (!(error instanceof CommandFailure) || error.problem.code !== 'GATE_CHANGED') throw error;
  });
  const { follower: _, ...others } = options;
  const now = await undecided(target, { ...others, gate: gate.id });
  const [open = gate] = now.gates;
  return { run: now.run, plan: now.plan, gate: open };
}
