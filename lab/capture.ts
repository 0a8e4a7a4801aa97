import { spawn } from 'node:child_process';
import type { SpawnOptionsWithoutStdio } from 'node:child_process';

export interface LabOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program with its output captured. Never throws for a status. */
export async function capture(
  program: string,
  args: string[],
  { input = '', ...options }: Pick<SpawnOptionsWithoutStdio, 'cwd' | 'env'> & { input?: string } = {},
): Promise<LabOutcome> {
  const child = spawn(program, args, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // a command that reads nothing closes its input: EPIPE
  child.stdin.end(input);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve(status ?? -1);
    });
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
