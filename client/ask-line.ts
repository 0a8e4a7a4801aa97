import { createInterface } from 'node:readline';

/**
 * Asks one line on the terminal. End of file, an empty line and Ctrl-C all answer `undefined`: none of
 * them may ever count as a yes. Nor may a question that is withdrawn: it ends as end of file does. (Prompt libraries print other than ASCII whatever LANG says, and some
 * hang when stdin ends.)
 */
export function askLine(
  question: string,
  interrupt: AbortController,
  withdrawn?: AbortSignal,
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
      resolve(line?.trim() === '' ? undefined : line?.trim());
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
