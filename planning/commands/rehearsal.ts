import { rehearsalArguments, rehearsalSocketDirectory } from '../postgres/rehearsal.js';
import { shellQuote } from '../shell-quote.js';
import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

/**
 * The copy's own server, which runs beside the old one until the swap: in a transient unit where systemd runs, in a
 * session of its own elsewhere. Its unit, its private socket directory and its log carry the operation's id; the
 * directory is made and removed by systemd, or here.
 *
 * Variables: DATA, OP, OSUSER; after PROCESSES and SERVICE. `stop_rehearsal` costs nothing where none runs.
 */
export const REHEARSAL = `
rehearsal_unit() { echo "pg-runbook-rehearsal-$OP"; }
copy_is_idle() { [ -z "$(processes_in "$DATA.incoming-$OP")" ]; }
stop_rehearsal() { # nothing works in the copy when this returns, and it looks as if nothing ever had
  if ! copy_is_idle; then
    if runs_systemd; then systemctl stop --no-block "$(rehearsal_unit)" 2>/dev/null
    else kill -INT $(rehearsal_postmaster) 2>/dev/null # a fast shutdown
    fi
    await 120 copy_is_idle || refuse STOP_FAILED "processes $(processes_in "$DATA.incoming-$OP" | tr '\\n' ' ')work in $DATA.incoming-$OP"
  fi
  forget_pid_file
  runs_systemd || rm -rf "/run/$(rehearsal_unit)" "$STATE/rehearsal/$OP.pid"
}
rehearsal_postmaster() { # its first process: all others have it for a parent
  for pid in $(processes_in "$DATA.incoming-$OP"); do
    parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
    [ "$(readlink "/proc/$parent/cwd" 2>/dev/null)" = "$(readlink "/proc/$pid/cwd" 2>/dev/null)" ] || echo "$pid"
  done
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
    },
    functions: [DURABLE, GUARD, PROCESSES, SERVICE, REHEARSAL, ASK, startFunctions(server)],
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
  start_rehearsal || refuse COMMAND_FAILED "the rehearsal was not started"
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

const startFunctions = (server: string): string => `
start_rehearsal() {
  if runs_systemd; then
    systemctl reset-failed "$(rehearsal_unit)" 2>/dev/null
    systemd-run --quiet --collect --unit="$(rehearsal_unit)" --description="pg-replication-runbook: rehearsal of operation $OP" --uid="$OSUSER" \\
      --property=Type=exec --property=KillMode=mixed --property=KillSignal=SIGINT --property=TimeoutStopSec=90 \\
      --property=RuntimeDirectory="$(rehearsal_unit)" --property=RuntimeDirectoryMode=0700 --property=UMask=0077 \\
      --property=StandardOutput="append:$LOG" --property=StandardError="append:$LOG" \\
      --setenv=LC_ALL=C ${server} >&2
  else
    rm -rf "$SOCKET" && install -d -o "$OSUSER" -m 700 "$SOCKET" || return
    # its own pid stays that of the server, which takes its place
    own_environment LC_ALL=C setsid -f /bin/sh -c 'umask 077; echo "$$" >"$0"; exec "$@"' "$STATE/rehearsal/$OP.pid" \\
      setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups ${server} </dev/null >>"$LOG" 2>&1 8>&-
    await 5 test -s "$STATE/rehearsal/$OP.pid"
  fi
}
`;

const ASK = `
answers() {
  got=$(setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env PGCONNECT_TIMEOUT=5 "$BIN/psql" -XAtw -F ' ' -h "$SOCKET" -p "$PORT" -d postgres \\
    -c "select pg_is_in_recovery(), (select system_identifier from pg_control_system())" 2>/dev/null) && [ -n "$got" ]
}
# One that was just started may not work in the copy yet.
is_at_work() {
  if runs_systemd; then systemctl -q is-active "$(rehearsal_unit)" 2>/dev/null
  else kill -0 "$(cat "$STATE/rehearsal/$OP.pid" 2>/dev/null)" 2>/dev/null
  fi
}
has_ended() { ! is_at_work && copy_is_idle; }
answers_or_ended() { answers || has_ended; }
`;

/** Whether the rehearsal runs, and the end of its log. Reads only. */
export function rehearsalLogScript(dataDirectory: string, op: string): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op },
    functions: [PROCESSES, SERVICE, REHEARSAL],
    body: `
say running "$(if copy_is_idle; then echo no; else echo yes; fi)"
tail -c 3000 "$STATE/rehearsal/$OP.log" 2>/dev/null | say64 log
`,
  });
}
