import { labCommand } from './lab-exec.js';

/** How to log in to the hosts of a lab; paths are absolute. */
export interface LabSsh {
  /** For `ssh -F`. */
  config: string;
  identityFile: string;
  knownHosts: string;
  user: string;
  hosts: Record<string, { address: string; port: number }>;
}

export async function labSshJson(home: string): Promise<LabSsh> {
  const outcome = await labCommand(home, ['ssh-config', '--json']);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout) as LabSsh;
}
