import type { CommandIo } from '../../../client/io.js';
import { ascii } from '../../../client/render/printable.js';

export interface TestIo extends CommandIo {
  /** All of stdout so far. */
  out(): string;
  /** All of stderr so far. */
  err(): string;
  /** Frames of the live view. */
  frames: string[];
  interrupt(): void;
}

interface TestIoOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** What a person types, in order; without it nobody sits there. Called with each question. */
  answers?: (question: string) => string | undefined | Promise<string | undefined>;
  unicode?: boolean;
}

/** A command's surroundings, kept in memory. */
export function testIo({ env = {}, cwd = '/', answers, unicode = false }: TestIoOptions = {}): TestIo {
  const interrupt = new AbortController();
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const frames: string[] = [];
  const clean = (text: string): string => (unicode ? text : ascii(text));
  return {
    env,
    cwd,
    style: { width: 100, color: false, unicode },
    interactive: answers !== undefined,
    print: (text) => void stdout.push(`${clean(text)}\n`),
    note: (text) => void stderr.push(`${clean(text)}\n`),
    live: (text) => void frames.push(clean(text)),
    settle: () => undefined,
    ask: async (question, withdrawn) => {
      stderr.push(clean(question));
      const taken = new Promise<undefined>((resolve) => {
        withdrawn?.addEventListener('abort', () => {
          resolve(undefined);
        });
      });
      return Promise.race([answers?.(question), taken]);
    },
    askOr: async (question, fallback) => {
      stderr.push(clean(question));
      const answer = await answers?.(question);
      return answer === '' ? fallback : answer;
    },
    interrupted: interrupt.signal,
    out: () => stdout.join(''),
    err: () => stderr.join(''),
    frames,
    interrupt: () => {
      interrupt.abort();
    },
  };
}
