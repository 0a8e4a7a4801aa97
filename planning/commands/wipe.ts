import { AUTOSTART, START_WORD } from './autostart.js';
import { DURABLE } from './durable.js';
import { EMPTY_DIRECTORY } from './empty-directory.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { OLD_SERVER, oldServerVariables, type OldServerInput } from './old-server.js';
import { WIPED_PLACES } from './wiped-places.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface WipeInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
  oldServer: OldServerInput;
  /** By the worker's clock its windows are open; what has begun goes on at any time. */
  mayBegin: boolean;
  unit: string;
  version: string;
  startConf: string;
}

/**
 * The wipe before a copy in place. It may be cut off anywhere and run again:
 *
 *   record              | on disk                     | next
 *   –                   | the old data                | compare with the approval, note what goes, note the intent
 *   wipeIntent          | the old data, all of it     | hold the autostart, stop the server, remove pg_control
 *   wipeIntent          | some of it, no pg_control   | delete the rest
 *   wipeIntent, wiped   | nothing of it               | done; what lies there from now on is the copy
 *
 * At no moment could anything start: first there is the old server, which stops; then there is no control file, and
 * its removal is on disk before the next file goes; and start.conf says disabled until the follower starts.
 */
const WIPE = `
SYSTEM_DIRECTORIES=' / /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /var /var/lib /var/log '
check_place() { # DIRECTORY
  case $SYSTEM_DIRECTORIES in *" $1 "*) refuse SWAP_UNEXPECTED "$1 is a directory of the system" ;; esac
  [ "$(stat -c %U "$1")" = "$OSUSER" ] || refuse SWAP_UNEXPECTED "$1 does not belong to $OSUSER"
  [ -z "$(mounts_below "$1")" ] || refuse MOUNT_BELOW "below $1 is mounted: $(mounts_below "$1")"
  [ ! -e "$1/lost+found" ] || refuse LOST_AND_FOUND "$1 holds lost+found"
}
each_link() { # FUNCTION: for each link out of the data directory, its name and where it leads
  for link in "$DATA/pg_wal" "$DATA"/pg_tblspc/*; do
    [ -L "$link" ] && target=$(readlink -f "$link") && [ -d "$target" ] || continue
    case $target in "$DATA"/*) continue ;; esac # goes with the rest
    case $link in */pg_tblspc/*) "$1" "pg_tblspc.\${link##*/}" "$target" ;; *) "$1" pg_wal "$target" ;; esac
  done
}
check_link() {
  check_place "$2"
  case $1 in pg_tblspc.*) ;; *) return 0 ;; esac
  others=$(ls -A "$2" | grep -v "^PG_\${VERSION}_" | joined)
  [ -z "$others" ] || refuse SWAP_UNEXPECTED "in $2 lies what is not this cluster's: $others"
}
note_link() { note_place "wipes.$1" "$2"; }
note_what_goes() {
  check_place "$DATA"
  [ "$(cat "$DATA/PG_VERSION" 2>/dev/null)" = "$VERSION" ] || [ -z "$(ls -A "$DATA")" ] ||
    refuse SWAP_UNEXPECTED "$DATA is no data directory of PostgreSQL $VERSION: it has no such PG_VERSION"
  each_link check_link
  for name in $(places); do forget "$name"; done # of a layout that was not approved
  note_place wipes "$DATA"
  each_link note_link
}
check_approval() {
  [ "$(rec wipeIntent)" != "$APPROVED" ] || return 0 # this very wipe had begun: what it empties no longer looks as approved
  if [ "$(fingerprint)" != "$APPROVED" ]; then fingerprint_lines | say64 lines; refuse PLAN_OUTDATED "the data directory is not the one that was approved"; fi
  check_use
  [ "$MAY_BEGIN" = yes ] || [ -n "$(rec wipeIntent)" ] || refuse WINDOW_CLOSED "its data is deleted only within its window, which is closed by the worker's clock"
  # With the control file there nothing has gone yet. Without it, what was noted once is all that is known.
  if [ -d "$DATA" ] && { [ -z "$(rec wipeIntent)" ] || [ -e "$DATA/global/pg_control" ]; }; then note_what_goes; fi
  keep_original "$DATA/postgresql.auto.conf" postgresql.auto.conf || refuse COMMAND_FAILED "could not keep a copy of $DATA/postgresql.auto.conf"
  note wipeIntent "$APPROVED"
  journal
}
make_directory() { # a data directory that is to be copied into without ever having been there
  [ -d "$DATA" ] || { mkdir -m 700 "$DATA" && chown -h "$OSUSER:" "$DATA" && sync_dir "\${DATA%/*}"; } || refuse COMMAND_FAILED "could not make $DATA"
  [ -n "$(rec wipes)" ] || note_place wipes "$DATA"
}
stop_there() {
  [ -n "$(rec stoppedAtMs)" ] || note stoppedAtMs "$(date +%s%3N)"
  stop_server
  await 120 nobody_works_there || refuse STOP_FAILED "processes $(processes_in "$place" | joined) still work in $place"
}
wipe() {
  if [ "$(rec wiped)" = yes ]; then say changed no; return; fi
  check_approval
  hold_autostart
  make_directory
  enter_place wipes
  stop_there
  empty_places
  note wiped yes
  say changed yes
}
`;

export function wipeScript(input: WipeInput): string {
  return buildScript({
    variables: {
      ...guardVariables(input.guard),
      ...input.fingerprint,
      APPROVED: input.approvedFingerprint,
      MAY_BEGIN: input.mayBegin ? 'yes' : 'no',
      ...oldServerVariables(input.oldServer),
      UNIT: input.unit,
      VERSION: input.version,
      START_CONF: input.startConf,
    },
    functions: [
      DURABLE,
      GUARD,
      PROCESSES,
      SERVICE,
      FINGERPRINT,
      OLD_SERVER,
      START_WORD,
      AUTOSTART,
      EMPTY_DIRECTORY,
      WIPED_PLACES,
      WIPE,
    ],
    body: 'guard\nwipe',
  });
}
