import type { FailureKind } from './failure.js';

export interface CodeDefinition {
  /** How a step that meets it goes on. Codes of the command line never reach a step: `ask`. */
  kind: FailureKind;
  /** What happened and why it matters: `runbook explain`, docs/errors.md. */
  meaning: string;
  /** What an operator does about it. */
  action: string;
}

export const ask = (meaning: string, action: string): CodeDefinition => ({ kind: 'ask', meaning, action });
export const retry = (meaning: string, action: string): CodeDefinition => ({
  kind: 'retry',
  meaning,
  action,
});
export const bug = (meaning: string, action: string): CodeDefinition => ({ kind: 'bug', meaning, action });
