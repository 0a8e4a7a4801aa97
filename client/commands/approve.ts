import type { Decision, GateState } from '../../workflows/contract/gates.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { renderCard } from '../render/card.js';
import { paint } from '../render/style.js';
import { actor, withTarget } from '../target.js';
import type { RunDescription } from '../runs.js';
import type { Target } from '../target.js';
import { askWhileOpen } from './ask-while-open.js';
import type { AnswerWhileOpen } from './ask-while-open.js';
import { onlyGate, requireFingerprint, sendDecision, undecided } from './decide.js';
import type { Undecided } from './decide.js';

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
  const decision = await sendDecision(target, io, run, gate, approval(options, io, confirm, digits));
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
  for (const [index, gate] of gates.entries()) {
    if (index > 0) io.note('');
    shown(gate);
    io.note(renderCard(gate, plan, io.style, true));
    const { typed, decided } = await typedName(target, run, gate, io);
    if (io.interrupted.aborted) return EXIT.interrupted;
    if (decided !== undefined) {
      io.note(`${gate.id}: ${decided.text}`);
      if (decided.approved) approved += 1;
      continue;
    }
    if (typed === undefined) {
      io.note(`${gate.id}: nothing was approved here.`);
      continue;
    }
    const digits = gate.fingerprint;
    decisions.push(
      await sendDecision(target, io, run, gate, approval(options, io, typed, digits.slice(0, 12))),
    );
    approved += 1;
    io.note(paint(io.style).green(`${gate.id} is approved.`));
  }
  if (options.json) printJson(io, { decisions });
  return approved === gates.length ? EXIT.ok : EXIT.waiting;
}

const TRIES = 3;

/** The card's own name, typed out; nothing for anything else. */
async function typedName(
  { link }: Target,
  run: RunDescription,
  gate: GateState,
  io: CommandIo,
): Promise<AnswerWhileOpen> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const question = `Type ${gate.name} to approve, or nothing to leave the gate open: `;
    const answer = await askWhileOpen(link, run, gate, io, question);
    if (answer.typed === undefined || answer.typed === gate.name) return answer;
    io.note(`"${answer.typed}" is not the name on the card.`);
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
