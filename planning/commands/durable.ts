/**
 * Files that are there whole or not at all, also after a power cut: written beside, synced, renamed,
 * and the directory synced, because a rename alone may be lost.
 *
 * `write_file` writes into directories the cluster's user owns, who could plant a link under a name root is
 * going to write to. So it works in a directory of root's own inside of that one, entered and then looked at:
 * from there every name is relative, and nobody else can reach what is written before it is renamed.
 */
export const DURABLE = `
sync_dir() { sync "$1"; }
put() { # FILE, content on stdin; root's own, 0600
  cat >"$1.tmp" && sync "$1.tmp" && mv -T "$1.tmp" "$1" && sync_dir "\${1%/*}"
}
write_file() { # FILE [OWNER MODE], content on stdin; without OWNER and MODE those of the file that is there stay
  (
    name=\${1##*/}
    cd -P "\${1%/*}" && directory=$(stat -c %d:%i .) || exit
    [ $# -gt 1 ] || set -- "$1" $(stat -c '%u:%g %a' "$name")
    [ $# -gt 2 ] || exit
    mkdir .pg-runbook-new 2>/dev/null # a left one is taken over
    cd -P .pg-runbook-new && [ "$(stat -c %u .) $(stat -c %d:%i ..)" = "0 $directory" ] || exit
    cat >new && chown "$2" new && chmod "$3" new && sync new && mv -T new "../$name" &&
      cd .. && rmdir .pg-runbook-new && sync_dir .
  )
}
keep_original() { # FILE NAME: a copy of the file as it was before this operation first edited it
  mkdir -p "$STATE/backup/$OP"
  [ ! -e "$1" ] || [ -e "$STATE/backup/$OP/$2" ] || { cp -p "$1" "$STATE/backup/$OP/$2.tmp" && sync "$STATE/backup/$OP/$2.tmp" && mv -T "$STATE/backup/$OP/$2.tmp" "$STATE/backup/$OP/$2"; }
}
`;
