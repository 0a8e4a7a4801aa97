import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { Decision, GateState } from '../../workflows/contract/gates.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { identifierWords, renderCard } from '../render/card.js';
import { paint } from '../render/style.js';
import { actor, withTarget } from '../target.js';
import type { Target } from '../target.js';
import { onlyGate, requireFingerprint, sendDecision, undecided } from './decide.js';
import type { Undecided } from './decide.js';

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
  { run, gates }: Undecided,
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
  const gate = onlyGate(gates);
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
  const decision = await sendDecision(target, io, run, gate, approval(options, io, typed));
  report(options, io, [decision]);
  return EXIT.ok;
}

/** Card by card. Returns 3 when one was left open, 130 after Ctrl-C. */
export async function approveCards(
  target: Target,
  options: CommandOptions,
  io: CommandIo,
  { run, plan, gates }: Undecided,
): Promise<number> {
  const decisions: Decision[] = [];
  for (const gate of gates) {
    io.note(renderCard(gate, plan, io.style, true));
    const typed = await typedAnswers(gate, io);
    if (io.interrupted.aborted) return EXIT.interrupted;
    if (typed === undefined) {
      io.note(`${gate.id}: nothing was approved here.`);
      continue;
    }
    decisions.push(await sendDecision(target, io, run, gate, approval(options, io, typed)));
    io.note(paint(io.style).green(`${gate.id} is approved.`));
  }
  if (options.json) printJson(io, { decisions });
  return decisions.length === gates.length ? EXIT.ok : EXIT.waiting;
}

const TRIES = 3;

/** What was typed of a card. */
interface Typed {
  confirm: string;
  fingerprint: string;
  identifier: string | undefined;
}

/** The card's own name, and its identifier where it has one, typed out; undefined for anything less. */
async function typedAnswers(gate: GateState, io: CommandIo): Promise<Typed | undefined> {
  const { id, name, identifier, fingerprint } = gate;
  const confirm = await typedAs(io, name, {
    question: `Type ${name} to approve, or nothing to leave the gate open: `,
    wrong: 'is not the name on the card.',
    failure: () =>
      commandFailure('NAME_MISMATCH', `the name on the card of ${id} was not typed; nothing was approved`),
  });
  if (confirm === undefined) return undefined;
  const answered = { confirm, fingerprint: fingerprint.slice(0, FINGERPRINT_DIGITS) };
  if (identifier === undefined) return { ...answered, identifier };
  // The question does not show it: whoever types it has read the card.
  const typed = await typedAs(io, identifier, {
    question: `Type ${identifierWords(identifier)} as well, as on the card, or nothing to leave the gate open: `,
    wrong: 'is not the identifier on the card.',
    failure: () =>
      commandFailure(
        'IDENTIFIER_MISMATCH',
        `the identifier on the card of ${id} was not typed; nothing was approved`,
      ),
  });
  return typed === undefined ? undefined : { ...answered, identifier: typed };
}

async function typedAs(
  io: CommandIo,
  wanted: string,
  said: { question: string; wrong: string; failure: () => Error },
): Promise<string | undefined> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const typed = await io.ask(said.question);
    if (typed === undefined || typed === wanted) return typed;
    io.note(`"${typed}" ${said.wrong}`);
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
