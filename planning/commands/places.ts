import { FINGERPRINT } from './fingerprint.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';

/**
 * Directories outside of the data directory: where its links lead, and where a tablespace of the leader is to
 * lie. Reads only. Variables: DATA, OSUSER. Needs FINGERPRINT.
 */
export const PLACES = `
yes_if() { if "$@" 2>/dev/null; then echo yes; else echo no; fi; }
place() { # PATH: what is there, or could be made there, as lines
  real=$(readlink -f -- "$1")
  if [ -z "$real" ]; then printf '%s\\n' "path=$(readlink -- "$1" || echo "$1")" kind=nowhere; return; fi
  parent=\${real%/*}; [ -n "$parent" ] || parent=/
  near=$parent
  if [ -d "$real" ]; then kind=directory; near=$real
  elif [ -e "$real" ] || [ -L "$real" ]; then kind=other
  elif [ -d "$parent" ]; then kind=absent
  else kind=nowhere; fi
  printf '%s\\n' "path=$real" "kind=$kind"
  [ "$kind" != nowhere ] || return 0
  printf '%s\\n' "isMount=$(yes_if is_mount_root "$real")" "mountsBelow=$(mounts_below "$real")" "fileSystem=$(file_system_of "$near")" \\
    "mountPoint=$(findmnt -no TARGET -T "$near")" "room=$(df -B1 --output=avail,size "$near" 2>/dev/null | tail -n 1)" \\
    "enterable=$(yes_if setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups test -x "$parent")"
  [ "$kind" != directory ] || printf '%s\\n' "owner=$(stat -c %U "$real")" "entries=$(ls -A "$real" | head -n 5 | tr '\\n' /)"
}
links() { # where the links of the data directory lead
  for found in "$DATA/pg_wal" "$DATA"/pg_tblspc/*; do
    if [ -L "$found" ]; then { echo "link=\${found#"$DATA"/}"; place "$found"; } | say64 "link.\${found##*/}"; fi
  done
}
used_by() { # VERSION/CLUSTER DIRECTORY: where another cluster of the host keeps its files, one path a line
  for used in "$2" "$2/pg_wal" "$2"/pg_tblspc/*; do
    if [ "$used" = "$2" ] || [ -L "$used" ]; then printf '%s\\t%s\\n' "$1" "$(readlink -f -- "$used")"; fi
  done
}
`;

/** The places of these paths on a follower, in their order. Reads only. */
export function placesScript(paths: readonly string[], osUser: string): string {
  return buildScript({
    variables: { PATHS: paths.join('\n'), OSUSER: osUser },
    functions: [FINGERPRINT, PROCESSES, PLACES],
    body: `
n=0
while IFS= read -r path; do
  n=$((n + 1))
  place "$path" | say64 "place.$n"
done <<END
$PATHS
END
`,
  });
}
