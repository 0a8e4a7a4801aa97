import { shellQuote } from '../../planning/shell-quote.js';
import { capture } from '../capture.js';
import { labExec } from '../lab-exec.js';
import { DemoEnd, problemText } from './demo-end.js';
import type { DemoPlace } from './place.js';

/** What a command prints on a host of the demo, as root. @throws DemoEnd */
export async function onHost({ home, sshConfig }: DemoPlace, host: string, argv: string[]): Promise<string> {
  const { code, stdout, stderr } =
    sshConfig === undefined
      ? await labExec(home, host, argv)
      : await capture('ssh', ['-F', sshConfig, host, ['sudo', '-n', ...argv].map(shellQuote).join(' ')]);
  if (code === 0) return stdout;
  throw new DemoEnd(1, problemText(`${host}: ${argv[0] ?? ''} ended with ${code}`, stderr.trim()));
}

/** One statement by psql on the host itself. */
export const psql = (
  place: DemoPlace,
  host: string,
  database: string,
  statement: string,
  options: string[] = ['-At'],
): Promise<string> =>
  onHost(place, host, [
    ...['sudo', '-u', 'postgres', 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', database],
    ...options,
    '-c',
    statement,
  ]);
