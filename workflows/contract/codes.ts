import { COMMAND_CODES } from './command-codes.js';
import { DECISION_CODES } from './decision-codes.js';
import { HOST_CODES } from './host-codes.js';
import { REVERSAL_CODES } from './reversal-codes.js';
import { STEP_CODES } from './step-codes.js';
import { SURVEY_CODES } from './survey-codes.js';

/** Every code a user can meet. Codes are stable: scripts test them, so none is renamed or reused. */
export const CODES = {
  ...COMMAND_CODES,
  ...DECISION_CODES,
  ...HOST_CODES,
  ...SURVEY_CODES,
  ...STEP_CODES,
  ...REVERSAL_CODES,
} as const;

export type FailureCode = keyof typeof CODES;

export const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(CODES, code);
