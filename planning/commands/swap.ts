import type { ServerUse } from '../../workflows/contract/plan.js';
import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';

export interface SwapInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
  /** What the old server did when its card was made; undefined: it was stopped. */
  use: ServerUse | undefined;
  driftWalBytes: number;
  /** Empty class: there is no old directory to move aside. */
  hasOldDirectory: boolean;
  replacedDirectory: string;
  osUser: string;
  unit: string;
  socketDirectory: string;
  port: number;
}

/**
 * The swap, as a table of what can be seen on disk. Every row has one next action, so the script may be
 * cut off anywhere and run again:
 *
 *   data directory | replaced | incoming | next
 *   the old one    | –        | yes      | check the fingerprint, stop the server, move the old one aside
 *   –              | yes      | yes      | move the copy in
 *   –              | –        | yes      | move the copy in (only where there was no old directory)
 *   the copy       | any      | –        | done
 *
 * The parent directory is synced after each rename: after a power cut the disk shows one of these rows.
 */
const SWAP = `
is_copy() { [ -n "$(rec incomingInode)" ] && [ "$(stat -c %i "$DATA" 2>/dev/null)" = "$(rec incomingInode)" ]; }
unit_is_down() { case $(systemctl show -p ActiveState --value "$UNIT") in inactive | failed) return 0 ;; *) return 1 ;; esac; }
old_is_stopped() { is_stopped "$DATA"; }
now_ms() { date +%s%3N; }
ask_server() { # SQL
  timeout 20 setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env PGCONNECT_TIMEOUT=10 PGAPPNAME=pg-replication-runbook \\
    PGOPTIONS='-c statement_timeout=10s -c search_path=pg_catalog' \\
    "$BIN/psql" -XAtw -F ' ' -h "$SOCKET" -p "$PORT" -d postgres -c "$1" 2>/dev/null
}
OTHERS="backend_type = 'client backend' and application_name <> 'pg-replication-runbook'"
in_use() {
  ask_server "select format('%s@%s from %s%s', usename, datname, coalesce(host(client_addr), 'the local socket'), ' (' || nullif(application_name, '') || ')')
    from pg_stat_activity where $OTHERS or backend_type = 'walsender' order by backend_start limit 10" | say64 connected
  refuse FOLLOWER_IN_USE "$1"
}
check_use() { # Asked here, not by the worker before: nobody can connect unseen between the look and the stop.
  is_stopped "$DATA" && return 0 # no clients, and nothing is written: the fingerprint says it all
  seen=$(ask_server "select (select count(*) from pg_stat_activity where $OTHERS),
    (select count(*) from pg_stat_activity where backend_type = 'walsender'),
    case when pg_is_in_recovery() then 'none' else coalesce((pg_current_wal_flush_lsn() - nullif('$WAL_LSN', '')::pg_lsn)::text, 'unknown') end")
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
check_approval() {
  [ "$(rec intent)" != "$APPROVED" ] || return 0 # this very swap had begun: what it moves no longer looks as approved
  if [ "$(fingerprint)" != "$APPROVED" ]; then fingerprint_lines | say64 lines; refuse PLAN_OUTDATED "the data directory is not the one that was approved"; fi
  check_use
}
stop_old_server() {
  [ -n "$(rec stoppedAtMs)" ] || note stoppedAtMs "$(now_ms)"
  systemctl stop --no-block "$UNIT"
  await 120 old_is_stopped || refuse STOP_FAILED "processes $(processes_in "$DATA" | joined) still work in $DATA"
}
swap() {
  incoming=$DATA.incoming-$OP
  if is_copy && [ ! -e "$incoming" ]; then
    [ -n "$(rec swapped)" ] || note swapped yes
    say changed no; return
  fi
  [ -d "$incoming" ] && [ "$(stat -c %i "$incoming")" = "$(rec incomingInode)" ] || refuse SWAP_UNEXPECTED "there is no complete copy at $incoming"
  [ -f "$incoming/standby.signal" ] || refuse SWAP_UNEXPECTED "$incoming has no standby.signal"
  if [ -e "$DATA" ]; then
    [ ! -e "$REPLACED" ] || refuse SWAP_UNEXPECTED "both $DATA and $REPLACED exist"
    check_approval
    note intent "$APPROVED"
    journal
    stop_old_server
    mv -T "$DATA" "$REPLACED" || refuse SWAP_UNEXPECTED "could not move $DATA to $REPLACED"
    sync_dir "\${DATA%/*}"
  else
    [ -e "$REPLACED" ] || [ "$HAS_OLD" = no ] || refuse SWAP_UNEXPECTED "neither $DATA nor $REPLACED exists"
    if [ "$HAS_OLD" = no ] && [ -z "$(rec intent)" ]; then check_approval; note intent "$APPROVED"; journal; fi
  fi
  mv -T "$incoming" "$DATA" || refuse SWAP_UNEXPECTED "could not move $incoming to $DATA"
  sync_dir "\${DATA%/*}"
  note swapped yes
  await 30 unit_is_down || refuse STOP_FAILED "$UNIT is still $(systemctl show -p ActiveState --value "$UNIT")"
  say changed yes
}
`;

export function swapScript(input: SwapInput): string {
  return buildScript({
    variables: {
      ...guardVariables(input.guard),
      ...input.fingerprint,
      APPROVED: input.approvedFingerprint,
      WAS_RUNNING: input.use === undefined ? 'no' : 'yes',
      SESSIONS: String(input.use?.clientSessions ?? 0),
      SENDERS: String(input.use?.walSenders ?? 0),
      WAL_LSN: input.use?.walLsn ?? '',
      DRIFT_WAL: String(input.driftWalBytes),
      HAS_OLD: input.hasOldDirectory ? 'yes' : 'no',
      REPLACED: input.replacedDirectory,
      OSUSER: input.osUser,
      UNIT: input.unit,
      SOCKET: input.socketDirectory,
      PORT: String(input.port),
    },
    functions: [DURABLE, GUARD, PROCESSES, FINGERPRINT, SWAP],
    body: 'guard\nswap',
  });
}
