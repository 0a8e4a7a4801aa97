import type { ServerUse } from '../../workflows/contract/target.js';
import { FINGERPRINT } from './fingerprint.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';

/**
 * Who uses the follower's old server, and whether that is still what its card says. The swap asks it itself,
 * under its lock and right before it stops the server: after a look from the worker somebody could connect.
 *
 * Variables: DATA, BIN, OSUSER, SOCKET, PORT; WAS_RUNNING, SESSIONS, SENDERS, WAL_LSN (as on the card), DRIFT_WAL.
 */
export const OLD_SERVER = `
ask_server() { # SQL
  timeout 20 setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env PGCONNECT_TIMEOUT=10 PGAPPNAME=pg-replication-runbook \\
    PGOPTIONS='-c statement_timeout=10s -c search_path=pg_catalog' \\
    "$BIN/psql" -XAtw -F ' ' -h "$SOCKET" -p "$PORT" -d postgres -c "$1" 2>/dev/null
}
OTHERS="backend_type = 'client backend' and application_name <> 'pg-replication-runbook'"
who_is_connected() {
  ask_server "select format('%s@%s from %s%s', usename, datname, coalesce(host(client_addr), 'the local socket'), ' (' || nullif(application_name, '') || ')')
    from pg_stat_activity where $OTHERS or backend_type = 'walsender' order by backend_start limit 10"
}
in_use() {
  who_is_connected | say64 connected
  refuse FOLLOWER_IN_USE "$1"
}
COUNTS="(select count(*) from pg_stat_activity where $OTHERS), (select count(*) from pg_stat_activity where backend_type = 'walsender')"
check_use() {
  is_stopped "$DATA" && return 0 # no clients, and nothing is written: the fingerprint says it all
  seen=$(ask_server "select $COUNTS, case when pg_is_in_recovery() then 'none'
    else coalesce((pg_current_wal_flush_lsn() - nullif('$WAL_LSN', '')::pg_lsn)::text, 'unknown') end")
  if [ -z "$seen" ]; then
    [ -z "$(processes_in "$DATA")" ] || refuse POSTGRES_UNAVAILABLE "the server in $DATA does not say who uses it"
    return 0
  fi
  set -- $seen
  [ $# -eq 3 ] || refuse POSTGRES_UNAVAILABLE "the server in $DATA does not say who uses it"
  [ "$WAS_RUNNING" = yes ] || in_use "its server runs, which was stopped when the card was made"
  [ "$1" -le "$SESSIONS" ] || in_use "clients are connected to it: $1, on the card $SESSIONS"
  [ "$2" -le "$SENDERS" ] || in_use "others replicate from it: $2, on the card $SENDERS"
  case $3 in
    none) [ -z "$WAL_LSN" ] || in_use "its server is in recovery, which it was not when the card was made" ;;
    unknown | -*) in_use "its WAL does not go on from $WAL_LSN, where it was when the card was made" ;;
    *) [ "$3" -le "$DRIFT_WAL" ] || in_use "it has written $3 bytes of WAL since the card was made, approval.driftWal allows $DRIFT_WAL" ;;
  esac
}
look_at_use() { # for a card
  if is_stopped "$DATA" || [ -z "$(processes_in "$DATA")" ]; then say running no; return; fi
  set -- $(ask_server "select $COUNTS, case when pg_is_in_recovery() then 'none' else pg_current_wal_flush_lsn()::text end")
  [ $# -eq 3 ] || refuse POSTGRES_UNAVAILABLE "the server in $DATA does not say who uses it"
  say running yes; say sessions "$1"; say senders "$2"; say lsn "$3"
  who_is_connected | say64 connected
  if (check_use) >/dev/null; then say tolerated yes; else say tolerated no; fi
}
`;

export interface OldServerInput {
  osUser: string;
  socketDirectory: string;
  port: number;
  /** What it did when its card was made; undefined: it was stopped. */
  use: ServerUse | undefined;
  driftWalBytes: number;
}

/** The variables {@link OLD_SERVER} reads, besides DATA and BIN. */
export const oldServerVariables = (input: OldServerInput): Record<string, string> => ({
  OSUSER: input.osUser,
  SOCKET: input.socketDirectory,
  PORT: String(input.port),
  WAS_RUNNING: input.use === undefined ? 'no' : 'yes',
  SESSIONS: String(input.use?.clientSessions ?? 0),
  SENDERS: String(input.use?.walSenders ?? 0),
  WAL_LSN: input.use?.walLsn ?? '',
  DRIFT_WAL: String(input.driftWalBytes),
});

/** What the swap will meet, for the card of its gate. Reads only, and takes no lock. */
export function lookBeforeSwapScript(
  dataDirectory: string,
  fingerprint: Record<string, string>,
  oldServer: OldServerInput,
): string {
  return buildScript({
    variables: { DATA: dataDirectory, ...fingerprint, ...oldServerVariables(oldServer) },
    functions: [FINGERPRINT, PROCESSES, OLD_SERVER],
    body: `
fingerprint_lines | say64 lines
say fingerprint "$(fingerprint)"
look_at_use
`,
  });
}
