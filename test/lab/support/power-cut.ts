import { dirname } from 'node:path';
import { labCommand } from '../../../lab/lab-exec.js';

/** Pulls the plug of a host, which loses all that was not synced, and boots it again. */
export async function powerCut(home: string, host: string): Promise<void> {
  for (const verb of ['power-cut', 'boot']) {
    const { code, stderr } = await labCommand(home, [verb, host], { cwd: dirname(home) });
    if (code !== 0) throw new Error(stderr);
  }
}
