import { readAnswer, REFUSED } from '../planning/commands/script.js';
import { isFailureCode } from '../workflows/contract/codes.js';
import type { CommandOutcome, Host, RunOptions } from './hosts/host.js';
import { stepFailure } from './failures.js';

export interface ScriptResult {
  values: Record<string, string>;
  /** The decoded `key:=` texts; empty string for one that was not printed. */
  text: (this: void, key: string) => string;
  texts: Record<string, string>;
}

/**
 * Runs one of planning's scripts and reads its answer. A refusal (`!CODE detail`) is thrown under its own
 * code, with the answer's texts at hand for the caller in `refusalTexts`.
 */
export async function runScript(host: Host, script: string, options: RunOptions = {}): Promise<ScriptResult> {
  const outcome = await host.run(script, options);
  const answer = readAnswer(outcome.stdout);
  const texts = Object.fromEntries(
    Object.entries(answer.encoded).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );
  if (outcome.kind === 'exited' && outcome.code === 0)
    return { values: answer.values, texts, text: (key) => texts[key] ?? '' };
  if (answer.refused !== undefined && outcome.kind === 'exited' && outcome.code === REFUSED)
    throw refusal(host, answer.refused, texts);
  throw stepFailure('COMMAND_FAILED', host.name, `a script of ours ${endOf(outcome)}`, {
    detail: outcome.stderr.trim().slice(-2_000),
  });
}

/** A script's refusal together with what it printed, e.g. the fingerprint lines it found. */
export class Refusal {
  readonly texts: Record<string, string>;
  constructor(texts: Record<string, string>) {
    this.texts = texts;
  }
}

function refusal(
  host: Host,
  refused: { code: string; detail: string },
  texts: Record<string, string>,
): Error {
  const code = isFailureCode(refused.code) ? refused.code : 'COMMAND_FAILED';
  return stepFailure(code, host.name, refused.detail, { cause: new Refusal(texts) });
}

const endOf = (outcome: CommandOutcome): string =>
  outcome.kind === 'exited' ? `ended with status ${String(outcome.code)}` : `was killed by ${outcome.signal}`;
