import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { KEPT } from './kept.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';
import { SERVER_ANSWER } from './start.js';

export interface StartFormerInput {
  guard: GuardInput;
  unit: string;
  osUser: string;
  binDirectory: string;
  socketDirectory: string;
  port: number;
}

/**
 * Starts the former server on the data that was put back, if it ran when the swap stopped it, and looks until
 * it answers with the system identifier of that very directory. A standby comes back as a standby.
 */
export function startFormerScript(input: StartFormerInput): string {
  return buildScript({
    variables: {
      ...guardVariables(input.guard),
      UNIT: input.unit,
      OSUSER: input.osUser,
      BIN: input.binDirectory,
      SOCKET: input.socketDirectory,
      PORT: String(input.port),
    },
    functions: [DURABLE, GUARD, PROCESSES, SERVICE, FINGERPRINT, KEPT, SERVER_ANSWER],
    body: `
guard
set -- $(field old)
[ $# = 4 ] && [ "$(rec undo)" = begun ] && is_directory "$DATA" "$1" "$2" || refuse UNDO_UNEXPECTED "$DATA is not the directory that operation $OP set aside"
[ "$(rec oldRan)" = yes ] || { say state stopped; say changed no; exit 0; }
changed=no
got=
if ended; then
  changed=yes
  journal
  remove_blank_pid_file "$DATA"
  before=$(postmaster)
  start_server
  await 10 has_begun
fi
await 20 answers_or_ended
say changed "$changed"
if [ -z "$got" ]; then
  if ended; then say state failed; else say state starting; fi
  newest_log | say64 log
  exit 0
fi
system=$(control_value 'Database system identifier')
[ "\${got#* }" = "$system" ] || refuse FORMER_START_FAILED "the server on port $PORT has system identifier \${got#* }, the data that was put back $system"
[ "$(identity_of "/proc/$(postmaster)/cwd")" = "$(identity_of "$DATA")" ] || refuse FORMER_START_FAILED "the server on port $PORT works in another directory"
say system "$system"
say state up
`,
  });
}
