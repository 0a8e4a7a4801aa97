import { CODES, type FailureCode } from '../../workflows/contract/codes.js';
import type { Finding } from '../../workflows/contract/plan.js';
import { shortText } from '../shorten.js';

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

/** Longest texts of a finding a plan carries: servers and programs may say anything, at any length. */
const [MESSAGE_LENGTH, DETAIL_LENGTH] = [400, 1_000];

/** A finding as a plan keeps it: without a hint that is its code's own. */
export const boundFinding = ({ hint, ...found }: Finding): Finding => ({
  ...found,
  message: shortText(found.message, MESSAGE_LENGTH),
  ...(found.detail === undefined ? {} : { detail: shortText(found.detail, DETAIL_LENGTH) }),
  ...(hint === undefined || hint === CODES[found.code].action
    ? {}
    : { hint: shortText(hint, MESSAGE_LENGTH) }),
});

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
