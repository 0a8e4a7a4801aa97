import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { Decision, GateState } from '../../workflows/contract/gates.js';
import { EXIT } from '../exit-codes.js';
import { CommandFailure, commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { identifierWords, renderCard } from '../render/card.js';
import { paint } from '../render/style.js';
import { actor, withTarget } from '../target.js';
import type { Target } from '../target.js';
import { askWhileOpen } from './ask-while-open.js';
import type { AnswerWhileOpen } from './ask-while-open.js';
import { onlyGate, requireFingerprint, sendDecision, undecided } from './decide.js';
import type { Undecided } from './decide.js';
import { freshCard, refreshedCard } from './fresh-card.js';
import type { Card } from './fresh-card.js';

export const runApprove = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async (target) => {
    const open = await undecided(target, options);
    const named = [options.confirm, options.fingerprint, options.identifier].some(
      (value) => value !== undefined,
    );
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
  const { identifier } = options;
  if (gate.identifier !== undefined && identifier === undefined) {
    throw commandFailure(
      'CONFIRMATION_MISSING',
      `${gate.name}: its gate needs ${identifierWords(gate.identifier)} as well`,
      {
        detail: 'Data that exists nowhere else is taken away there.',
        hint: 'Read the card with `runbook show`, then give `--identifier ID` too.',
      },
    );
  }
  const typed = { confirm, identifier, fingerprint: digits };
  const decision = await sendDecision(target, io, card.run, gate, approval(options, io, typed));
  report(options, io, [decision]);
  return EXIT.ok;
}

/**
 * Card by card. Returns 3 when one was left open or was refused by somebody else, 130 after Ctrl-C.
 * `shown` is told each card that came to be shown.
 */
export async function approveCards(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  { run, plan, gates }: Undecided,
  shown: (gate: GateState) => void = () => undefined,
): Promise<number> {
  const decisions: Decision[] = [];
  let approved = 0;
  for (const [index, open] of gates.entries()) {
    if (index > 0) io.note('');
    const { decision, decided } = await approveCard(target, options, io, { run, plan, gate: open }, shown);
    if (io.interrupted.aborted) return EXIT.interrupted;
    if (decided !== undefined) {
      io.note(`${open.id}: ${decided.text}`);
      if (decided.approved) approved += 1;
    } else if (decision === undefined) io.note(`${open.id}: nothing was approved here.`);
    else {
      decisions.push(decision);
      approved += 1;
      io.note(paint(io.style).green(`${open.id} is approved.`));
    }
  }
  if (options.json) printJson(io, { decisions });
  return approved === gates.length ? EXIT.ok : EXIT.waiting;
}

interface Answer {
  decision?: Decision;
  decided?: AnswerWhileOpen['decided'];
}

/** Nothing: the gate is left open. A card that grows too old while somebody looks at it is shown anew. */
async function approveCard(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  open: Card,
  shown: (gate: GateState) => void,
): Promise<Answer> {
  let card = await freshCard(target, options, io, open);
  for (;;) {
    const { run, plan, gate } = card;
    shown(gate);
    io.note(renderCard(gate, plan, io.style, true));
    const { typed, decided } = await typedAnswers(gate, io, (question) =>
      askWhileOpen(target.link, run, gate, io, question),
    );
    if (io.interrupted.aborted || typed === undefined) return { decided };
    try {
      return { decision: await sendDecision(target, io, run, gate, approval(options, io, typed)) };
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.problem.code !== 'CARD_OUTDATED') throw error;
      io.note(`${gate.id}: the card has grown too old meanwhile; looking at the hosts again`);
      card = await refreshedCard(target, options, io, card);
    }
  }
}

const TRIES = 3;

/** What was typed of a card. */
interface Typed {
  confirm: string;
  fingerprint: string;
  identifier: string | undefined;
}

type Ask = (question: string) => Promise<AnswerWhileOpen>;

/** The card's own name, and its identifier where it has one, typed out; nothing for anything less. */
async function typedAnswers(
  { id, name, identifier, fingerprint }: GateState,
  io: CommandIo,
  ask: Ask,
): Promise<{ typed?: Typed; decided?: AnswerWhileOpen['decided'] }> {
  const confirmed = await typedAs(io, ask, name, {
    question: `Type ${name} to approve, or nothing to leave the gate open: `,
    wrong: 'is not the name on the card.',
    failure: () =>
      commandFailure('NAME_MISMATCH', `the name on the card of ${id} was not typed; nothing was approved`),
  });
  if (confirmed.typed === undefined) return { decided: confirmed.decided };
  const answered = { confirm: confirmed.typed, fingerprint: fingerprint.slice(0, FINGERPRINT_DIGITS) };
  if (identifier === undefined) return { typed: { ...answered, identifier } };
  // The question does not show it: whoever types it has read the card.
  const identified = await typedAs(io, ask, identifier, {
    question: `Type ${identifierWords(identifier)} as well, as on the card, or nothing to leave the gate open: `,
    wrong: 'is not the identifier on the card.',
    failure: () =>
      commandFailure(
        'IDENTIFIER_MISMATCH',
        `the identifier on the card of ${id} was not typed; nothing was approved`,
      ),
  });
  return identified.typed === undefined
    ? { decided: identified.decided }
    : { typed: { ...answered, identifier: identified.typed } };
}

async function typedAs(
  io: CommandIo,
  ask: Ask,
  wanted: string,
  said: { question: string; wrong: string; failure: () => Error },
): Promise<AnswerWhileOpen> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const answer = await ask(said.question);
    if (answer.typed === undefined || answer.typed === wanted) return answer;
    io.note(`"${answer.typed}" ${said.wrong}`);
  }
  throw said.failure();
}

function approval(options: CommandOptions, io: CommandIo, { confirm, fingerprint, identifier }: Typed) {
  const { reason } = options;
  const by = actor(options, io);
  return {
    verdict: 'approved' as const,
    confirm,
    fingerprint,
    ...(identifier === undefined ? {} : { identifier }),
    by,
    ...(reason === undefined ? {} : { reason }),
  };
}

function report(options: CommandOptions, io: CommandIo, decisions: Decision[]): void {
  if (options.json) printJson(io, { decisions });
  else for (const { gateId, verdict, by } of decisions) io.print(`${gateId}: ${verdict} by ${by}`);
}
