import { AUTOSTART, START_WORD } from './autostart.js';
import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface UndoWipeInput {
  guard: GuardInput;
  osUser: string;
  startConf: string;
}

/**
 * The end of an operation that copies in place. Where the control file is still there nothing has been deleted, and
 * the autostart is released; else it stays held, for there is nothing that could be started.
 */
export function undoWipeScript({ guard, osUser, startConf }: UndoWipeInput): string {
  return buildScript({
    variables: { ...guardVariables(guard), OSUSER: osUser, START_CONF: startConf },
    functions: [DURABLE, GUARD, SERVICE, START_WORD, AUTOSTART],
    body: `
guard
say intent "$([ -n "$(rec wipeIntent)" ] && echo yes || echo no)"
say wiped "$(rec wiped)"
say started "$(rec swapped)"
say stopped "$([ -n "$(rec stoppedAtMs)" ] && echo yes || echo no)"
if [ "$(rec wiped)" != yes ] && [ -e "$DATA/global/pg_control" ] && [ -e "$(held)" ]; then
  journal
  release_autostart
fi
say held "$([ -e "$(held)" ] && echo yes || echo no)"
`,
  });
}
