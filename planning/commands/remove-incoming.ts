/**
 * Removes the copy this operation made, and nothing else: at the
 * name it made it under, owned as it made it, with the inode the open record holds, used by nobody.
 *
 * Variables: DATA, OP, OSUSER; after `guard`. Needs EMPTY_DIRECTORY.
 */
export const REMOVE_INCOMING = `
remove_incoming() {
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
  [ -z "$(processes_in "$incoming")" ] || refuse SWAP_UNEXPECTED "a process works in $incoming"
  { empty_directory "$incoming" "$recorded" && rmdir "$incoming"; } || refuse SWAP_UNEXPECTED "$incoming could not be removed"
  sync_dir "\${incoming%/*}"
  forget incomingInode
}
`;
