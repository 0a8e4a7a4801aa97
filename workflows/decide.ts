import { CODES } from './contract/codes.js';
import { APPROVAL_HORIZON_MS, FINGERPRINT_DIGITS } from './contract/gates.js';
import type { DecideInput, Decision, GateState } from './contract/gates.js';
import { branchesOf } from './contract/reducer.js';
import { decisionOn } from './gate.js';
import { refuse } from './refuse.js';
import { dispatch, now } from './run.js';
import type { Run } from './run.js';

const SHOW = 'Read the card with `runbook show`.';

/** Synchronous on purpose: the SDK does not await validators, and a rejected promise would wedge the run. */
export function validateDecision(run: Run, input: DecideInput): void {
  const gate = undecided(run, input);
  const { by, verdict } = input;
  const { approvers, fourEyes } = run.input.config.approval;
  if (by === '' || (approvers.length > 0 && !approvers.includes(by))) {
    refuse(
      'NOT_AN_APPROVER',
      `"${by}" may not decide this gate`,
      `Approvers: ${approvers.join(', ') || 'anybody with a name'}.`,
    );
  }
  if (verdict === 'rejected' && (input.reason ?? '').trim() === '') {
    refuse('REASON_MISSING', `rejecting ${gate.id} needs a reason`, 'Give it with `--reason TEXT`.');
  }
  if (verdict === 'approved') {
    if (input.confirm !== gate.name) {
      refuse('NAME_MISMATCH', `"${input.confirm}" is not the name on the card of ${gate.id}`, SHOW);
    }
    if (gate.identifier !== undefined && input.identifier !== gate.identifier) {
      refuse(
        'IDENTIFIER_MISMATCH',
        `"${input.identifier ?? ''}" is not the identifier on the card of ${gate.id}`,
        SHOW,
      );
    }
    if (fourEyes && by === run.state.requester) {
      refuse('FOUR_EYES', `${by} started the run and may not approve it`, 'Let somebody else decide.');
    }
    if (isOutdated(gate)) {
      refuse('CARD_OUTDATED', `the card of ${gate.id} is of ${gate.openedAt}`, CODES.CARD_OUTDATED.action);
    }
  }
  requireFresh(input);
}

export function decide(run: Run, input: DecideInput): Decision {
  const [branch, gate] = find(run, input.gateId) ?? refuse('NO_OPEN_GATE', `no gate ${input.gateId} is open`);
  const { verdict, by, reason } = input;
  const decision = decisionOn(gate, { verdict, by, ...(reason === undefined ? {} : { reason }) });
  dispatch(run, { type: 'gateDecided', branch, decision });
  return decision;
}

function undecided(run: Run, input: DecideInput): GateState {
  const { gateId, fingerprint } = input;
  const [, gate] = requireGate(run, gateId);
  const typed = fingerprint.toLowerCase();
  if (typed.length < FINGERPRINT_DIGITS || !gate.fingerprint.startsWith(typed)) refuseOtherCard(gateId);
  requireUndecided(gate, input.token);
  return gate;
}

function refuseOtherCard(gateId: string): never {
  return refuse('GATE_CHANGED', `${gateId} is open with another card than the one that was decided`, SHOW);
}

export const isOutdated = ({ freshUntil }: GateState): boolean =>
  freshUntil !== undefined && Date.now() >= Date.parse(freshUntil);

export function requireGate(run: Run, gateId: string): [branch: string, gate: GateState] {
  return (
    find(run, gateId) ??
    refuse('NO_OPEN_GATE', `no gate ${gateId} is open`, 'See what the run does with `runbook show`.')
  );
}

/** The card that is meant is the one that is open, and nobody has decided it. */
export function requireUndecided(gate: GateState, token: string): void {
  const gateId = gate.id;
  if (token !== gate.token) refuseOtherCard(gateId);
  if (gate.decision !== undefined) {
    const { verdict, by, at } = gate.decision;
    refuse('GATE_DECIDED', `${gateId} was ${verdict} by ${by} at ${at}`);
  }
  if (Date.now() >= Date.parse(gate.expiresAt)) {
    refuse('NO_OPEN_GATE', `${gateId} expired at ${gate.expiresAt}`);
  }
}

/** A decision that waited for a worker, or that a reset applies again, must not act behind anybody's back. */
function requireFresh({ gateId, validUntil }: DecideInput): void {
  const until = Date.parse(validUntil);
  const clock = `the run's clock says ${now()}`;
  if (Number.isNaN(until)) refuse('APPROVAL_EXPIRED', `"${validUntil}" is not a time`);
  if (until <= Date.now()) {
    refuse(
      'APPROVAL_EXPIRED',
      `the decision on ${gateId} was valid until ${validUntil}; ${clock}`,
      'Look at the card again and decide anew.',
    );
  }
  if (until > Date.now() + APPROVAL_HORIZON_MS) {
    refuse(
      'APPROVAL_EXPIRED',
      `the decision on ${gateId} claims to be valid until ${validUntil}, too far ahead; ${clock}`,
      'Set the clock of the machine the decision came from.',
    );
  }
}

function find(run: Run, gateId: string): [branch: string, gate: GateState] | undefined {
  for (const [branch, { gates }] of branchesOf(run.state)) {
    const gate = gates.find(({ id }) => id === gateId);
    if (gate !== undefined) return [branch, gate];
  }
  return undefined;
}
