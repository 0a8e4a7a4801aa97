import { CODES, type FailureCode } from '../../workflows/contract/codes.js';
import type { Finding } from '../../workflows/contract/plan.js';

/** Without a hint of its own a finding has the action of its code. */
export function finding(
  severity: Finding['severity'],
  code: FailureCode,
  host: string,
  message: string,
  rest: { detail?: string; hint?: string } = {},
): Finding {
  return { severity, code, host, message: `${host}: ${message}`, hint: CODES[code].action, ...rest };
}

/** Makes the blockers of one host. */
export type Block = (
  code: FailureCode,
  message: string,
  rest?: { detail?: string; hint?: string },
) => Finding;

export const blockOn =
  (host: string): Block =>
  (code, message, rest = {}) =>
    finding('blocker', code, host, message, rest);
