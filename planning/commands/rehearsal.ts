import { rehearsalArguments, rehearsalSocketDirectory, rehearsalUnit } from '../postgres/rehearsal.js';
import { shellQuote } from '../shell-quote.js';
import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';

/**
 * The copy's own server, which runs beside the old one until the swap. Its unit, its private socket directory
 * (systemd makes and removes it) and its log carry the operation's id.
 *
 * Variables: DATA, OP, OSUSER; after PROCESSES. `stop_rehearsal` costs nothing where none runs.
 */
export const REHEARSAL = `
rehearsal_unit() { echo "pg-runbook-rehearsal-$OP"; }
copy_is_idle() { [ -z "$(processes_in "$DATA.incoming-$OP")" ]; }
stop_rehearsal() { # nothing works in the copy when this returns, and it looks as if nothing ever had
  if ! copy_is_idle; then
    systemctl stop --no-block "$(rehearsal_unit)" 2>/dev/null
    await 120 copy_is_idle || refuse STOP_FAILED "processes $(processes_in "$DATA.incoming-$OP" | tr '\\n' ' ')work in $DATA.incoming-$OP"
  fi
  forget_pid_file
}
forget_pid_file() { # of one that was killed; as the owner, who could put a link in the place of the directory
  [ ! -e "$DATA.incoming-$OP/postmaster.pid" ] || setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups rm -f "$DATA.incoming-$OP/postmaster.pid"
}
`;

export interface RehearsalInput {
  osUser: string;
  binDirectory: string;
  configFile: string;
  incomingDirectory: string;
  port: number;
  systemIdentifier: string;
}

/**
 * Starts the rehearsal where it does not run yet, and says how it fares. A server that is not in recovery, or no
 * copy of the leader, is stopped at once. Prints `state` (`swapped`, `up`, `starting`, `failed`), `changed`, `log`.
 */
export function startRehearsalScript(guard: GuardInput, input: RehearsalInput): string {
  const server = rehearsalArguments(input, guard.op.id).map(shellQuote).join(' ');
  return buildScript({
    variables: {
      ...guardVariables(guard),
      OSUSER: input.osUser,
      BIN: input.binDirectory,
      IN: input.incomingDirectory,
      SOCKET: rehearsalSocketDirectory(guard.op.id),
      PORT: String(input.port),
      SYSTEM: input.systemIdentifier,
      UNIT: rehearsalUnit(guard.op.id),
    },
    functions: [DURABLE, GUARD, PROCESSES, REHEARSAL, ASK],
    body: `
guard
if [ -n "$(rec swapped)" ]; then say state swapped; exit 0; fi
[ -n "$(rec incomingInode)" ] && [ "$(stat -c %i "$IN" 2>/dev/null)" = "$(rec incomingInode)" ] || refuse SWAP_UNEXPECTED "there is no complete copy at $IN"
[ -f "$IN/standby.signal" ] || refuse SWAP_UNEXPECTED "$IN has no standby.signal"
LOG=$STATE/rehearsal/$OP.log
changed=no
if copy_is_idle; then
  changed=yes
  journal
  mkdir -p "$STATE/rehearsal" && : >"$LOG" || refuse COMMAND_FAILED "could not write $LOG"
  forget_pid_file
  systemctl reset-failed "$UNIT" 2>/dev/null
  systemd-run --quiet --collect --unit="$UNIT" --description="pg-replication-runbook: rehearsal of operation $OP" --uid="$OSUSER" \\
    --property=Type=exec --property=KillMode=mixed --property=KillSignal=SIGINT --property=TimeoutStopSec=90 \\
    --property=RuntimeDirectory="$UNIT" --property=RuntimeDirectoryMode=0700 --property=UMask=0077 \\
    --property=StandardOutput="append:$LOG" --property=StandardError="append:$LOG" \\
    --setenv=LC_ALL=C ${server} >&2 ||
    refuse COMMAND_FAILED "systemd-run did not start the rehearsal"
fi
await 15 answers_or_ended
say changed "$changed"
tail -c 3000 "$LOG" 2>/dev/null | say64 log
if [ -z "$got" ]; then
  if has_ended; then say state failed; else say state starting; fi
  exit 0
fi
if [ "$got" != "t $SYSTEM" ]; then
  stop_rehearsal
  refuse REHEARSAL_FAILED "the copy's server was not in recovery, or is no copy of the leader ($got), and was stopped at once"
fi
say state up
`,
  });
}

const ASK = `
answers() {
  got=$(setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env PGCONNECT_TIMEOUT=5 "$BIN/psql" -XAtw -F ' ' -h "$SOCKET" -p "$PORT" -d postgres \\
    -c "select pg_is_in_recovery(), (select system_identifier from pg_control_system())" 2>/dev/null) && [ -n "$got" ]
}
# One that was just started may not work in the copy yet.
has_ended() { ! systemctl -q is-active "$UNIT" 2>/dev/null && copy_is_idle; }
answers_or_ended() { answers || has_ended; }
`;

/** Whether the rehearsal runs, and the end of its log. Reads only. */
export function rehearsalLogScript(dataDirectory: string, op: string): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op },
    functions: [PROCESSES, REHEARSAL],
    body: `
say running "$(if copy_is_idle; then echo no; else echo yes; fi)"
tail -c 3000 "$STATE/rehearsal/$OP.log" 2>/dev/null | say64 log
`,
  });
}
