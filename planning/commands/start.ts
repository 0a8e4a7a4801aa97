import { AUTOSTART, START_WORD } from './autostart.js';
import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD } from './guard.js';
import { PROCESSES } from './processes.js';
import { CHECK_REPAIR, repairVariables, type RepairInput } from './repair.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface StartInput extends RepairInput {
  /** Whether it starts on a copy that was swapped in, or on the data it has always had. */
  copied: boolean;
  /** The copy lies in the data directory already, and this puts it into service. */
  inPlace: boolean;
  startConf: string;
  unit: string;
  osUser: string;
  binDirectory: string;
  socketDirectory: string;
  port: number;
  systemIdentifier: string;
}

/**
 * Whether the server on the socket answers, is a standby, and of which system; and what it wrote last.
 * Variables: DATA, UNIT, OSUSER, BIN, SOCKET, PORT, before. Needs PROCESSES and SERVICE.
 */
export const SERVER_ANSWER = `
answer() {
  setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups "$BIN/psql" -XAtw -F ' ' -h "$SOCKET" -p "$PORT" -d postgres \\
    -c "select pg_is_in_recovery(), (select system_identifier from pg_control_system())" 2>/dev/null
}
answers() { got=$(answer) && [ -n "$got" ]; }
postmaster() { head -n 1 "$DATA/postmaster.pid" 2>/dev/null; }
has_begun() { [ -e "$DATA/postmaster.pid" ] && [ "$(postmaster)" != "$before" ]; } # a crash leaves an old file behind
ended() { [ -z "$(processes_in "$DATA")" ]; }
answers_or_ended() { answers || { [ -e "$DATA/postmaster.pid" ] && ended; }; }
newest_log() { # of the last minutes: a copy brings the leader's logs along, and there are other clusters' beside
  instance=\${UNIT#postgresql@}; debians=/var/log/postgresql/postgresql-\${instance%.service}.log
  if [ ! -e "$debians" ] && runs_systemd; then journalctl -q -u "$UNIT" -n 8 -o cat --no-pager; fi
  newest=$(find "$debians" "$DATA/log" -maxdepth 1 -type f -mmin -5 -printf '%T@ %p\\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
  [ -z "$newest" ] || tail -n 15 -- "$newest"
} 2>/dev/null
`;

/**
 * Starts the follower and looks until it answers. systemctl's exit status proves nothing on Debian
 * (`ExecStart=-`), and waiting for it costs two seconds of pg_ctlcluster's polling, so: start without
 * blocking and ask the socket. A server that is not in recovery, or has another system identifier, is
 * stopped at once: a writable twin of the leader must not live.
 */
export function startFollowerScript(input: StartInput): string {
  return buildScript({
    variables: {
      ...repairVariables(input),
      COPIED: input.copied ? 'yes' : 'no',
      IN_PLACE: input.inPlace ? 'yes' : 'no',
      START_CONF: input.startConf,
      UNIT: input.unit,
      OSUSER: input.osUser,
      BIN: input.binDirectory,
      SOCKET: input.socketDirectory,
      PORT: String(input.port),
      SYSTEM: input.systemIdentifier,
    },
    functions: [
      DURABLE,
      GUARD,
      PROCESSES,
      SERVICE,
      FINGERPRINT,
      CHECK_REPAIR,
      START_WORD,
      AUTOSTART,
      SERVER_ANSWER,
      `
is_in_service() { [ "$COPIED" = no ] || [ "$(rec swapped)" = yes ]; }
check_copy() { # in place the start itself puts the copy into service
  [ "$IN_PLACE" = yes ] && [ "$(rec wiped)" = yes ] || refuse SWAP_UNEXPECTED "operation $OP has not swapped"
  case $(cat "$STATE/jobs/$OP/$(ls "$STATE/jobs/$OP" 2>/dev/null | sort -n | tail -n 1)/result" 2>/dev/null) in
    'verified '*) ;;
    *) refuse SWAP_UNEXPECTED "there is no verified copy in $DATA" ;;
  esac
}
`,
    ],
    body: `
guard
is_in_service || check_copy
[ -f "$DATA/standby.signal" ] || refuse SWAP_UNEXPECTED "$DATA has no standby.signal"
changed=no
if ended || ! is_in_service || [ -e "$(held)" ]; then
  changed=yes
  [ "$COPIED" = yes ] || begin_repair
  journal
  is_in_service || note swapped yes # from here on nothing empties this directory again
  release_autostart
  [ "$COPIED" = yes ] || note madeStart yes
  remove_blank_pid_file "$DATA"
  before=$(postmaster)
  start_server
  await 10 has_begun
fi
await 20 answers_or_ended
say changed "$changed"
say stoppedAtMs "$(rec stoppedAtMs)"
if [ -z "$got" ]; then
  if ended; then say state failed; else say state starting; fi
  newest_log | say64 log
  exit 0
fi
[ -n "$(rec answeredAtMs)" ] || note answeredAtMs "$(date +%s%3N)"
say answeredAtMs "$(rec answeredAtMs)"
pid=$(postmaster)
if [ "$got" != "t $SYSTEM" ]; then
  stop_server
  await 30 ended || refuse STOP_FAILED "a server that is no copy of the leader ($got) runs in $DATA, and does not stop"
  refuse FOLLOWER_START_FAILED "it was not in recovery, or not a copy of the leader ($got), and was stopped at once"
fi
[ "$(identity_of "/proc/$pid/cwd")" = "$(identity_of "$DATA")" ] || refuse FOLLOWER_START_FAILED "the server on port $PORT works in another directory"
say state up
`,
  });
}
