import { ask, type CodeDefinition } from './code-definition.js';

/** Codes of gates and of parked runs: what a person decides. */
export const DECISION_CODES = {
  // --- gates
  NO_OPEN_GATE: ask('No gate is open: the run waits for nobody.', 'See what it does with `runbook show`.'),
  SEVERAL_GATES_OPEN: ask(
    'Several gates are open, and the command does not say which one it means.',
    'Name it with `--gate`.',
  ),
  GATE_CHANGED: ask(
    'The card that was approved is not the one that is open now: the gate was opened again with other facts.',
    'Read the new card with `runbook show` and decide on it.',
  ),
  CARD_OUTDATED: ask(
    'The facts on the card are older than ten minutes. They are read again before anybody approves.',
    'Approve again: `runbook approve` looks at the hosts first and shows what has changed.',
  ),
  GATE_DECIDED: ask('Somebody has already decided this gate.', 'See who and how with `runbook show`.'),
  NAME_MISMATCH: ask(
    'The name that was typed is not the name on the card. Typing it is the last check against approving the wrong host.',
    'Read the card again; type the name exactly as it stands there.',
  ),
  IDENTIFIER_MISMATCH: ask(
    'The gate asks for an identifier as well as for the name, because data that exists nowhere else is taken away: the system identifier of the server that is replaced, or the path of its data directory. What was typed is not the one on the card.',
    'Read the card again; type the identifier exactly as it stands there, or give it with `--identifier`.',
  ),
  CONFIRMATION_MISSING: ask(
    'Without a terminal an approval must say what it approves.',
    'Give `--confirm NAME --fingerprint DIGITS`, both as on the card, and `--identifier ID` where the card asks for one.',
  ),
  NOT_AN_APPROVER: ask(
    'The configuration lists who may approve, and this name is not on the list.',
    'Let one of the approvers decide.',
  ),
  FOUR_EYES: ask(
    'The configuration asks for four eyes: whoever started the run may not approve it.',
    'Let somebody else decide.',
  ),
  APPROVAL_EXPIRED: ask(
    "The approval reached the run later than it was meant for. It took no effect: a decision that lay about while no worker ran must not act behind anybody's back.",
    'Look at the card again and approve it anew. If the clocks differ, the message says by how much.',
  ),
  CONFIG_FIXED: ask(
    'An open run was given a configuration it cannot take: its cluster, its hosts and the names of its followers stand in its records on the hosts; an undo or a purge takes none at all.',
    'End the run with `runbook cancel` and start it with the other configuration.',
  ),
  REASON_MISSING: ask('A rejection needs a reason; it is kept with the run.', 'Give `--reason TEXT`.'),
  DECISION_EXPIRED: ask(
    'The approval is older than `approval.validFor` allows.',
    '`runbook resume` surveys again and opens the gate anew.',
  ),

  // --- parking
  NOT_PARKED: ask('Nothing of the run is parked, so there is nothing to resume.', 'See `runbook show`.'),
  FAILURE_CHANGED: ask(
    'The answer was meant for another failure than the one the run is parked on now.',
    'Read the failure with `runbook show` and answer that one.',
  ),
  ACTION_NOT_ALLOWED: ask(
    'This step may not be skipped, or the action is not offered for this failure.',
    'Use one of the actions the message lists.',
  ),
} as const satisfies Record<string, CodeDefinition>;
