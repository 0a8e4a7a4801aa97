/**
 * Files that are there whole or not at all, also after a power cut: written beside, synced, renamed,
 * and the directory synced, because a rename alone may be lost.
 */
export const DURABLE = `
sync_dir() { sync "$1"; }
put() { # FILE, content on stdin; root's own, 0600
  cat >"$1.tmp" && sync "$1.tmp" && mv -T "$1.tmp" "$1" && sync_dir "\${1%/*}"
}
replace_file() { # FILE, content on stdin: keeps owner and mode of the file that was there
  if [ -e "$1" ]; then cp -p "$1" "$1.pg-runbook-new" && cat >"$1.pg-runbook-new"; else cat >"$1.pg-runbook-new"; fi &&
    sync "$1.pg-runbook-new" && mv -T "$1.pg-runbook-new" "$1" && sync_dir "\${1%/*}"
}
keep_original() { # FILE NAME: a copy of the file as it was before this operation first edited it
  mkdir -p "$STATE/backup/$OP"
  [ ! -e "$1" ] || [ -e "$STATE/backup/$OP/$2" ] || { cp -p "$1" "$STATE/backup/$OP/$2.tmp" && sync "$STATE/backup/$OP/$2.tmp" && mv -T "$STATE/backup/$OP/$2.tmp" "$STATE/backup/$OP/$2"; }
}
`;
