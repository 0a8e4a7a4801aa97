import type { LinkedDirectory, OldLinkedDirectory } from '../../workflows/contract/target.js';

/**
 * Directories outside of the data directory that belong to it: tablespaces, and pg_wal where it is a link. The
 * record knows each by file system and inode, as `<file system> <inode> <from> <to>`, both paths in base64:
 *
 *   new.<link>  one this operation made: where the copy is made, and where it belongs in the end
 *   old.<link>  one of the old cluster: where it lay, and where it is moved; `old` is the data directory itself
 *
 * So whether one was moved already is seen on disk, whenever a script was cut off. A directory that has
 * come to its place by another way is not it.
 *
 * Variables: DATA, OP, OSUSER, LINKED (lines of link, incoming and final path, parted by a character that no
 * path has). Needs DURABLE, GUARD and FINGERPRINT.
 */
export const LINKED = `
US=$(printf '\\037')
journal_once() { [ -n "$journaled" ] || journal; journaled=yes; }
decoded() { printf %s "$1" | base64 -d; }
is_directory_of() { # PATH FILE_SYSTEM INODE
  [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %i "$1")" = "$3" ] && [ "$(file_system_of "$1")" = "$2" ]
}
identity_line() { # NAME DIRECTORY TO: the note of a directory
  printf '%s=%s %s %s %s\\n' "$1" "$(file_system_of "$2")" "$(stat -c %i "$2")" "$(b64 "$2")" "$(b64 "$3")"
}
noted() { sed -n "s|^\\($1\\.[^=]*\\)=.*|\\1|p" "$REC"; } # new or old: the names of such notes
read_note() { # NAME: sets fs, inode, from, to
  set -- $(rec "$1")
  [ $# = 4 ] || refuse SWAP_UNEXPECTED "the record of operation $OP cannot be read"
  fs=$1 inode=$2 from=$(decoded "$3") to=$(decoded "$4")
}
each_linked() { # COMMAND: with link, incoming and final path of each directory of the copy
  [ -n "$LINKED" ] || return 0
  while IFS=$US read -r link incoming_at final; do "$1" "$link" "$incoming_at" "$final" </dev/null; done <<END
$LINKED
END
}
make_beside() { # LINK INCOMING FINAL: an empty directory, noted before anything is in it
  [ -z "$(rec "new.$1")" ] || [ ! -d "$2" ] || return 0
  journal_once
  if [ -e "$2" ] || [ -L "$2" ]; then # of an attempt that was cut off before the note: then it is still empty
    rmdir "$2" 2>/dev/null || refuse SWAP_UNEXPECTED "$2 is not in the record of operation $OP"
  fi
  mkdir -m 700 "$2" && chown -h "$OSUSER:" "$2" && sync_dir "\${2%/*}" || refuse COMMAND_FAILED "could not make $2"
  note "new.$1" "$(identity_line x "$2" "$3" | cut -c3-)"
}
as_owner_of_data() { setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups "$@"; }
relink() { # DIRECTORY LINK TARGET: where a link of a data directory leads, whole or not at all; as its owner, who could redirect root
  holder=$1/$2; holder=\${holder%/*}
  if [ "$(readlink "$1/$2")" != "$3" ]; then
    [ -L "$1/$2" ] || refuse SWAP_UNEXPECTED "$1/$2 is not a link"
    as_owner_of_data ln -sfT -- "$3" "$1/$2.pg-runbook" && as_owner_of_data mv -T "$1/$2.pg-runbook" "$1/$2" ||
      refuse SWAP_UNEXPECTED "could not lead $1/$2 to $3"
  fi
  sync_dir "$holder"
}
move_noted() { # NAME: the directory of this note is moved, durably, unless it is there already
  read_note "$1"
  if ! is_directory_of "$to" "$fs" "$inode"; then
    is_directory_of "$from" "$fs" "$inode" || refuse SWAP_UNEXPECTED "the directory of $1 is neither at $from nor at $to"
    # An empty directory that is in the way is replaced by the rename itself, anything else forbids it.
    case $1 in old*) [ ! -e "$to" ] && [ ! -L "$to" ] || refuse SWAP_UNEXPECTED "both $from and $to exist" ;; esac
    mv -T "$from" "$to" || refuse SWAP_UNEXPECTED "could not move $from to $to"
  fi
  sync_dir "\${to%/*}"
}
`;

const lines = (rows: string[][]): string => rows.map((row) => row.join('\x1f')).join('\n');

/** LINKED, as {@link LINKED} reads it. */
export const linkedVariable = (linked: readonly LinkedDirectory[] = []): string =>
  lines(linked.map(({ link, incoming, path }) => [link, incoming, path]));

/** OLD_LINKED: link, path and where it is moved, likewise. */
export const oldLinkedVariable = (linked: readonly OldLinkedDirectory[] = []): string =>
  lines(linked.map(({ link, path, replaced }) => [link, path, replaced]));
