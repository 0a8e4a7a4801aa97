import { spawn } from 'node:child_process';
import { labScript } from './lab-script.js';

export interface LabOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Any verb of the lab at `home`, with its output captured, e.g. `labCommand(home, ['reset'])`. Never throws for a status. */
export async function labCommand(
  home: string,
  args: string[],
  options: { input?: string; cwd?: string } = {},
): Promise<LabOutcome> {
  const child = spawn('bash', [labScript(), ...args], {
    env: { ...process.env, LAB_HOME: home },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // a command that reads nothing closes its input: EPIPE
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve(status ?? -1);
    });
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** A command on a host of the lab at `home`, as root and without ssh: for setting a scene and for looking. */
export async function labExec(
  home: string,
  host: string,
  argv: string[],
  options: { input?: string } = {},
): Promise<LabOutcome> {
  return labCommand(home, ['exec', host, '--', ...argv], options);
}
