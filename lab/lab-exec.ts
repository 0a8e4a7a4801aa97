import { capture } from './capture.js';
import type { LabOutcome } from './capture.js';
import { labScript } from './lab-script.js';

/** Any verb of the lab at `home`, with its output captured, e.g. `labCommand(home, ['reset'])`. Never throws for a status. */
export const labCommand = (
  home: string,
  args: string[],
  options: { input?: string; cwd?: string } = {},
): Promise<LabOutcome> =>
  capture('bash', [labScript(), ...args], { ...options, env: { ...process.env, LAB_HOME: home } });

/** A command on a host of the lab at `home`, as root and without ssh: for setting a scene and for looking. */
export const labExec = (
  home: string,
  host: string,
  argv: string[],
  options: { input?: string } = {},
): Promise<LabOutcome> => labCommand(home, ['exec', host, '--', ...argv], options);
