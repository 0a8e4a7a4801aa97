import { createInterface } from 'node:readline';
import { DemoInterrupted } from './demo-end.js';

/** One line from the terminal; empty at end of file. @throws DemoInterrupted at Ctrl-C */
export function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      process.stdout.write('\n');
      reject(new DemoInterrupted());
      reader.close();
    });
    reader.once('close', () => {
      resolve('');
    });
    reader.question(question, (line) => {
      resolve(line.trim());
      reader.close();
    });
  });
}
