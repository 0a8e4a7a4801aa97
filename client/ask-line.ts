import { createInterface } from 'node:readline';

/**
 * Asks one line on the terminal. End of file, an empty line and Ctrl-C all answer `undefined`: none of
 * them may ever count as a yes. (Prompt libraries print other than ASCII whatever LANG says, and some
 * hang when stdin ends.) `atEmpty`: what an empty line answers instead, for questions that approve nothing.
 */
export function askLine(
  question: string,
  interrupt: AbortController,
  atEmpty?: string,
): Promise<string | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  return new Promise((resolve) => {
    let answered = false;
    const answer = (line: string | undefined): void => {
      answered = true;
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
    reader.question(question, answer);
  });
}
