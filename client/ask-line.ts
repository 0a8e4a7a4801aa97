import { createInterface } from 'node:readline';

export interface AskOptions {
  /** When it fires nobody needs the answer any more: the question ends as at the end of file. */
  withdrawn?: AbortSignal | undefined;
  /** What an empty line answers, for questions that approve nothing. */
  atEmpty?: string;
}

/**
 * Asks one line on the terminal. End of file, an empty line and Ctrl-C all answer `undefined`: none of
 * them may ever count as a yes. (Prompt libraries print other than ASCII whatever LANG says, and some
 * hang when stdin ends.)
 */
export function askLine(
  question: string,
  interrupt: AbortController,
  { withdrawn, atEmpty }: AskOptions = {},
): Promise<string | undefined> {
  if (withdrawn?.aborted === true) return Promise.resolve(undefined);
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  return new Promise((resolve) => {
    let answered = false;
    const withdraw = (): void => {
      reader.close();
    };
    const answer = (line: string | undefined): void => {
      answered = true;
      withdrawn?.removeEventListener('abort', withdraw);
      resolve(line?.trim() === '' ? atEmpty : line?.trim());
      reader.close();
    };
    reader.once('SIGINT', () => {
      process.stderr.write('\n');
      interrupt.abort();
      answer(undefined);
    });
    reader.once('close', () => {
      // End of file: the cursor still stands behind the question.
      if (!answered) process.stderr.write('\n');
      answer(undefined);
    });
    withdrawn?.addEventListener('abort', withdraw);
    reader.question(question, answer);
  });
}
