import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { Decision } from '../../workflows/contract/gates.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { actor, withTarget } from '../target.js';
import { onlyGate, requireFingerprint, sendDecision, undecided } from './decide.js';

/** Refusing destroys nothing, so no name is typed; the reason is kept with the run. */
export const runReject = (options: CommandOptions, io: CommandIo): Promise<number> => {
  const reason = options.reason?.trim() ?? '';
  if (reason === '') throw commandFailure('REASON_MISSING', 'a rejection needs a reason');
  return withTarget(options, io, async (target) => {
    const { run, gates } = await undecided(target, options);
    const gate = onlyGate(gates);
    const fingerprint =
      options.fingerprint === undefined
        ? gate.fingerprint.slice(0, FINGERPRINT_DIGITS)
        : requireFingerprint(gate, options.fingerprint);
    const decision: Decision = await sendDecision(target, io, run, gate, {
      verdict: 'rejected',
      confirm: options.confirm ?? gate.name,
      fingerprint,
      by: actor(options, io),
      reason,
    });
    if (options.json) printJson(io, { decisions: [decision] });
    else io.print(`${decision.gateId}: rejected by ${decision.by}`);
    return EXIT.ok;
  });
};
