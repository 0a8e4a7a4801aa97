/**
 * Removes the copy this operation made, and nothing else: at the name it made it under, owned as it made it, with
 * the identity the open record holds, used by nobody. Of a copy with tablespaces or a linked pg_wal these
 * directories are parts; links are never followed to them.
 *
 * Variables: DATA, OP, OSUSER, LINKED; after `guard`. Needs DURABLE, PROCESSES, FINGERPRINT, LINKED and EMPTY_DIRECTORY.
 */
export const REMOVE_INCOMING = `
remove_incoming() {
  nothing_is_swapped
  remove_incoming_data
  each_linked remove_unnoted
  for name in $(noted new); do remove_noted "$name"; done
}
nothing_is_swapped() { # what was moved already would be left where nobody looks for it
  for name in $(noted new) $(noted old); do
    read_note "$name"
    ! is_directory_of "$to" "$fs" "$inode" || refuse SWAP_UNEXPECTED "operation $OP was cut off in its swap: $to is in its place already"
  done
}
remove_incoming_data() {
  incoming=$DATA.incoming-$OP
  if [ ! -e "$incoming" ] && [ ! -L "$incoming" ]; then # removed by hand, or by an attempt that was cut off
    [ -z "$(rec incomingInode)" ] || forget incomingInode
    return 0
  fi
  if [ -L "$incoming" ] || [ ! -d "$incoming" ]; then refuse SWAP_UNEXPECTED "$incoming is not a directory of ours"; fi
  recorded=$(rec incomingInode)
  if [ -z "$recorded" ]; then # made, but its inode not yet noted: then it is still empty
    rmdir "$incoming" 2>/dev/null || refuse SWAP_UNEXPECTED "$incoming is not in the record of operation $OP"
    return 0
  fi
  [ "$(stat -c '%i %U' "$incoming")" = "$recorded $OSUSER" ] || refuse SWAP_UNEXPECTED "$incoming is not the directory that operation $OP made"
  remove_tree "$incoming" "$recorded"
  forget incomingInode
}
remove_tree() { # DIRECTORY INODE
  [ -z "$(processes_in "$1")" ] || refuse SWAP_UNEXPECTED "a process works in $1"
  { empty_directory "$1" "$2" && rmdir "$1"; } || refuse SWAP_UNEXPECTED "$1 could not be removed"
  sync_dir "\${1%/*}"
}
remove_unnoted() { # LINK INCOMING FINAL
  [ -z "$(rec "new.$1")" ] || return 0
  [ -e "$2" ] || [ -L "$2" ] || return 0
  rmdir "$2" 2>/dev/null || refuse SWAP_UNEXPECTED "$2 is not in the record of operation $OP"
}
remove_noted() { # NAME
  read_note "$1"
  if [ -e "$from" ] || [ -L "$from" ]; then
    is_directory_of "$from" "$fs" "$inode" && [ "$(stat -c %U "$from")" = "$OSUSER" ] ||
      refuse SWAP_UNEXPECTED "$from is not the directory that operation $OP made"
    remove_tree "$from" "$inode"
  fi
  forget "$1"
}
`;
