import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { OLD_SERVER, oldServerVariables, type OldServerInput } from './old-server.js';
import { PROCESSES } from './processes.js';
import { REHEARSAL } from './rehearsal.js';
import { buildScript } from './script.js';

export interface SwapInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
  /** False outside of the window for swaps: only one that was cut off goes on. */
  mayBegin: boolean;
  oldServer: OldServerInput;
  /** Empty class: there is no old directory to move aside. */
  hasOldDirectory: boolean;
  replacedDirectory: string;
  unit: string;
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
check_approval() {
  # This very swap had begun: what it moves no longer looks as approved. But its copy may have been rehearsed again.
  [ "$(rec intent)" != "$APPROVED" ] || { stop_rehearsal; return 0; }
  if [ "$(fingerprint)" != "$APPROVED" ]; then fingerprint_lines | say64 lines; refuse PLAN_OUTDATED "the data directory is not the one that was approved"; fi
  [ "$MAY_BEGIN" = yes ] || refuse WINDOW_CLOSED "it is swapped only within its window, which is closed by the worker's clock"
  check_use
  stop_rehearsal # while the old server still serves
  check_use # somebody may have come meanwhile
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
    stop_rehearsal
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
      MAY_BEGIN: input.mayBegin ? 'yes' : 'no',
      HAS_OLD: input.hasOldDirectory ? 'yes' : 'no',
      REPLACED: input.replacedDirectory,
      ...oldServerVariables(input.oldServer),
      UNIT: input.unit,
    },
    functions: [DURABLE, GUARD, PROCESSES, REHEARSAL, FINGERPRINT, OLD_SERVER, SWAP],
    body: 'guard\nswap',
  });
}
