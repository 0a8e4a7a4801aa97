import { createInterface } from 'node:readline';
import { DemoInterrupted } from './demo-end.js';

/** One line from the terminal; empty at end of file. @throws DemoInterrupted at Ctrl-C */
export function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve, reject) => {
    const atEnd = (): void => {
      process.stdout.write('\n');
      resolve('');
    };
    reader.once('SIGINT', () => {
      reject(new DemoInterrupted());
      reader.close();
    });
    reader.once('close', atEnd);
    reader.question(question, (line) => {
      reader.off('close', atEnd);
      resolve(line.trim());
      reader.close();
    });
  });
}
