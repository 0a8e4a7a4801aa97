import { commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';

export interface Question {
  text: string;
  /** What an empty line means; without one an answer is needed. */
  fallback?: string;
  /** What is wrong with an answer; undefined when nothing is. */
  problem?: (answer: string) => string | undefined;
}

const TRIES = 3;

/** Asks until the answer will do. @throws USAGE at end of file, after three wrong answers, and after Ctrl-C */
export async function askQuestion(io: CommandIo, { text, fallback, problem }: Question): Promise<string> {
  const shown = fallback === undefined || fallback === '' ? '' : ` [${fallback}]`;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const answer = await io.askOr(`${text}${shown}: `, fallback ?? '');
    if (answer === undefined) throw unfinished('the questions were not answered to their end');
    const wrong = answer === '' && fallback === undefined ? 'An answer is needed.' : problem?.(answer);
    if (wrong === undefined) return answer;
    io.note(wrong);
  }
  throw unfinished('three answers would not do');
}

const unfinished = (why: string): Error =>
  commandFailure('USAGE', `${why}; nothing was written`, {
    hint: 'Run `runbook init` again, or give the answers as options: `runbook help init`.',
  });
