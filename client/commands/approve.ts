import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { Decision, GateState } from '../../workflows/contract/gates.js';
import { EXIT } from '../exit-codes.js';
import { CommandFailure, commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { renderCard } from '../render/card.js';
import { paint } from '../render/style.js';
import { actor, withTarget } from '../target.js';
import type { Target } from '../target.js';
import { onlyGate, requireFingerprint, sendDecision, undecided } from './decide.js';
import type { Undecided } from './decide.js';
import { freshCard, refreshedCard } from './fresh-card.js';
import type { Card } from './fresh-card.js';

export const runApprove = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async (target) => {
    const open = await undecided(target, options);
    const named = options.confirm !== undefined || options.fingerprint !== undefined;
    if (named || !io.interactive) return approveNamed(target, options, io, open);
    return approveCards(target, options, io, open);
  });

/** For scripts: the name and the fingerprint stand on the command line. */
async function approveNamed(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  { run, plan, gates }: Undecided,
): Promise<number> {
  const { confirm, fingerprint } = options;
  if (confirm === undefined || fingerprint === undefined) {
    throw commandFailure(
      'CONFIRMATION_MISSING',
      'an approval without a terminal needs the name and the fingerprint on the card',
      {
        detail: `Open: ${gates.map(({ id }) => id).join(', ')}.`,
        hint: 'Read the card with `runbook show`, then give `--confirm NAME --fingerprint DIGITS`.',
      },
    );
  }
  const card = await freshCard(target, options, io, { run, plan, gate: onlyGate(gates) });
  const { gate } = card;
  const digits = requireFingerprint(gate, fingerprint);
  const decision = await sendDecision(target, io, card.run, gate, approval(options, io, confirm, digits));
  report(options, io, [decision]);
  return EXIT.ok;
}

/** Card by card. Returns 3 when one was left open, 130 after Ctrl-C. `shown`: told the token of each card. */
export async function approveCards(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  { run, plan, gates }: Undecided,
  shown: (token: string) => void = () => undefined,
): Promise<number> {
  const decisions: Decision[] = [];
  for (const open of gates) {
    const decision = await approveCard(target, options, io, { run, plan, gate: open }, shown);
    if (io.interrupted.aborted) return EXIT.interrupted;
    if (decision === undefined) io.note(`${open.id}: nothing was approved here.`);
    else {
      decisions.push(decision);
      io.note(paint(io.style).green(`${open.id} is approved.`));
    }
  }
  if (options.json) printJson(io, { decisions });
  return decisions.length === gates.length ? EXIT.ok : EXIT.waiting;
}

/** Undefined: the gate is left open. A card that grows too old while somebody looks at it is shown anew. */
async function approveCard(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  open: Card,
  shown: (token: string) => void,
): Promise<Decision | undefined> {
  let card = await freshCard(target, options, io, open);
  for (;;) {
    const { run, plan, gate } = card;
    shown(gate.token);
    io.note(renderCard(gate, plan, io.style, true));
    const confirm = await typedName(gate, io);
    if (io.interrupted.aborted || confirm === undefined) return undefined;
    const digits = gate.fingerprint.slice(0, FINGERPRINT_DIGITS);
    try {
      return await sendDecision(target, io, run, gate, approval(options, io, confirm, digits));
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.problem.code !== 'CARD_OUTDATED') throw error;
      io.note(`${gate.id}: the card has grown too old meanwhile; looking at the hosts again`);
      card = await refreshedCard(target, options, io, card);
    }
  }
}

const TRIES = 3;

/** The card's own name, typed out; undefined for anything else. */
async function typedName(gate: GateState, io: CommandIo): Promise<string | undefined> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const typed = await io.ask(`Type ${gate.name} to approve, or nothing to leave the gate open: `);
    if (typed === undefined || typed === gate.name) return typed;
    io.note(`"${typed}" is not the name on the card.`);
  }
  throw commandFailure(
    'NAME_MISMATCH',
    `the name on the card of ${gate.id} was not typed; nothing was approved`,
  );
}

function approval(options: CommandOptions, io: CommandIo, confirm: string, fingerprint: string) {
  const { reason } = options;
  const by = actor(options, io);
  return {
    verdict: 'approved' as const,
    confirm,
    fingerprint,
    by,
    ...(reason === undefined ? {} : { reason }),
  };
}

function report(options: CommandOptions, io: CommandIo, decisions: Decision[]): void {
  if (options.json) printJson(io, { decisions });
  else for (const { gateId, verdict, by } of decisions) io.print(`${gateId}: ${verdict} by ${by}`);
}
