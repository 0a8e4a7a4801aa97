import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { labScript } from './lab-script.js';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `runbook lab …`: runs lab.sh on this terminal. LAB_HOME comes from the environment, default ./.lab.
 * @returns its exit status; 128 + number of the signal that ended it; 2 where there is no bash at all.
 */
export async function runLab(args: string[]): Promise<number> {
  const child = spawn('bash', [labScript(), ...args], { stdio: 'inherit' });
  // On a terminal Ctrl-C reaches the script by itself. Listening keeps this process alive meanwhile, so
  // that the script's last words come before the prompt. A second copy of a signal does no harm there.
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') resolve(explainMissingBash());
        else reject(error);
      });
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

function explainMissingBash(): number {
  process.stderr.write(
    'error:   the lab cannot run on this machine [LAB_UNUSABLE]\n' +
      'detail:  there is no bash here; the lab needs Linux and Debian packages\n' +
      'hint:    run it in a Linux virtual machine; the runbook itself runs here\n',
  );
  return 2;
}
