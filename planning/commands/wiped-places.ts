/**
 * The directories that an in-place copy empties and fills again: the data directory, and where links in it lead
 * (pg_wal, tablespaces). They are noted, by file system and inode, before the first byte goes: the links go with the rest.
 *
 *   wipes                    the data directory
 *   wipes.pg_wal             all that a linked pg_wal holds
 *   wipes.pg_tblspc.<oid>    of a tablespace only this version's PG_<major>_* directories; new<oid>: one of the copy's
 *
 * Variables: DATA, OP, VERSION; after `guard`. Needs DURABLE, FINGERPRINT, PROCESSES and EMPTY_DIRECTORY.
 */
export const WIPED_PLACES = `
note_place() { note "$1" "$(file_system_of "$2") $(stat -c %i "$2") $(printf %s "$2" | base64 -w0)"; }
places() { sed -n 's/^\\(wipes[^=]*\\)=.*/\\1/p' "$REC"; }
enter_place() { # NAME: sets place and inode, of a directory that still is the one that was noted
  set -- "$1" $(rec "$1")
  [ $# -eq 4 ] || refuse SWAP_UNEXPECTED "operation $OP has not noted what it empties"
  place=$(printf %s "$4" | base64 -d) inode=$3
  [ -d "$place" ] && [ ! -L "$place" ] && [ "$(file_system_of "$place") $(stat -c %i "$place")" = "$2 $3" ] ||
    refuse SWAP_UNEXPECTED "$place is not the directory that operation $OP has noted"
}
contents_of_place() { # what pg_basebackup would stumble over
  case $1 in
    wipes.pg_tblspc.*) ls -A "$place" | grep "^PG_\${VERSION}_" ;;
    *) ls -A "$place" ;;
  esac
}
empty_place() { # NAME
  enter_place "$1"
  case $1 in
    wipes.pg_tblspc.*)
      for one in "$place/PG_\${VERSION}"_*; do
        [ -d "$one" ] && [ ! -L "$one" ] || continue
        empty_directory "$one" "$(stat -c %i "$one")" && rmdir "$one" || return
      done ;;
    *) empty_directory "$place" "$inode" ;;
  esac && sync -f "$place"
}
nobody_works_there() { [ -z "$(processes_in "$place")" ]; }
remove_control() { # from here on nothing can start on what is left, also after a power cut
  ( cd -P "$place/global" 2>/dev/null && [ "$(stat -c %i ..)" = "$inode" ] || exit 0
    rm -f -- pg_control && sync . ) || refuse COMMAND_FAILED "$place/global/pg_control could not be removed"
  nobody_works_there || refuse STOP_FAILED "processes $(processes_in "$place" | joined) work in $place"
}
empty_places() {
  for name in $(places); do enter_place "$name"; done
  enter_place wipes
  remove_control
  for name in $(places); do empty_place "$name" || refuse COMMAND_FAILED "$place could not be emptied"; done
}
`;
