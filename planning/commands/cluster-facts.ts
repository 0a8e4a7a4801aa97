import { RECOVERY_SETTINGS } from '../postgres/recovery-settings.js';

/**
 * One cluster's files. Counting a huge directory and asking apt have a time limit; what takes longer is not
 * known, which is another thing than failing. Reads only; not even our state directory is made.
 *
 * Variables: DATA, CONFIG, HBA, BIN, OSUSER, VERSION. Needs GUARD, FINGERPRINT, PROCESSES, START_WORD, KEPT and PLACES.
 * From here on DATA is the real path.
 */
export const CLUSTER_FACTS = `
conf_files() ( # FILE DEPTH: it and all that it includes, one path a line
  [ -r "$1" ] && [ "$2" -gt 0 ] || exit 0
  printf '%s\\n' "$1"
  sed -n "s/^[[:space:]]*\\(include[a-z_]*\\)[[:space:]]*=\\{0,1\\}[[:space:]]*'\\([^']*\\)'.*/\\1 \\2/Ip" "$1" | while read -r directive path; do
    case $path in /*) ;; *) path=\${1%/*}/$path ;; esac
    case $directive in
      *_[Dd]*) for file in "$path"/*.conf; do conf_files "$file" $(($2 - 1)); done ;;
      *) conf_files "$path" $(($2 - 1)) ;;
    esac
  done
)
recovery_lines() { # file, line number and text of what bears on recovery, and of includes, by tabs
  conf_files "$CONFIG" 10 | head -n 200 | while IFS= read -r file; do
    awk 'tolower($0) ~ /^[ \\t\\r]*(${RECOVERY_SETTINGS.join('|')}|include)/ { printf "%s\\t%d\\t%s\\n", FILENAME, FNR, $0 }' "$file"
  done
}
tree_of() { # DIRECTORY: its bytes on disk and the number of its files, or nothing when counting takes too long
  { timeout 10 find -H "$1" -xdev -printf '%b\\n' 2>/dev/null; [ $? = 124 ] || echo end; } |
    awk '$1 == "end" { printf "%.0f %.0f\\n", blocks * 512, files; exit } { blocks += $1; files += 1 }'
}
names_in() { for file in "$1"/*"$2"; do [ ! -e "$file" ] || { name=\${file##*/}; echo "\${name%"$2"}"; }; done; }
pg_directory() { found=$("$BIN/pg_config" "$1" 2>/dev/null) && [ -n "$found" ] && echo "$found" || echo "$2"; }
pending_upgrade() { # as nobody, because as root apt would write its cache
  command -v unattended-upgrade >/dev/null && apt-config dump APT::Periodic::Unattended-Upgrade 2>/dev/null | grep -q '"[1-9a-z]' || return 0
  timeout 5 setpriv --reuid=nobody --regid=nogroup --clear-groups apt-cache policy "postgresql-$VERSION" 2>/dev/null |
    awk '$1 == "Installed:" { installed = $2 } $1 == "Candidate:" && $2 != installed && installed != "(none)" { print $2 }'
}
room_of() { df -B1 --output=avail,size,iavail,itotal "$1" 2>/dev/null | tail -n 1; }
cluster_facts() {
  say isLink "$([ -L "$DATA" ] && echo yes || echo no)"
  real=$(readlink -f -- "$DATA"); [ -z "$real" ] || DATA=$real
  say realPath "$DATA"
  PARENT=\${DATA%/*}
  say home "$(getent passwd "$OSUSER" | cut -d: -f6)"
  say minor "$("$BIN/postgres" --version 2>/dev/null | sed 's/^[^0-9]*//; s/ .*//')"
  names_in "$(pg_directory --pkglibdir "\${BIN%/bin}/lib")" .so | say64 libraries
  names_in "$(pg_directory --sharedir "/usr/share/postgresql/$VERSION")/extension" .control | say64 extensions
  say upgrade "$(pending_upgrade)"
  say hbaReal "$(readlink -f "$HBA")"
  say includeDirectory "$(sed -n "s/^[[:space:]]*include_dir[[:space:]]*=\\{0,1\\}[[:space:]]*'\\([^']*\\)'.*/\\1/p" "$CONFIG" 2>/dev/null | tail -n 1)"
  recovery_lines | say64 recoveryLines
  cat "$HBA" 2>/dev/null | say64 hba
  if [ -d "$DATA" ]; then
    say exists yes
    say isMount "$(yes_if is_mount_root "$DATA")"
    if is_mount_root "$DATA"; then # another file system than what lies beside it
      say ownMountPoint "$DATA"
      say ownRoom "$(room_of "$DATA")"
    fi
    [ ! -e "$DATA/lost+found" ] || say lostFound yes
    say mountsBelow "$(mounts_below "$DATA")"
    say pgVersion "$(cat "$DATA/PG_VERSION" 2>/dev/null)"
    say entries "$(ls -A "$DATA" | wc -l)"
    say standbySignal "$([ -e "$DATA/standby.signal" ] && echo yes || echo no)"
    links
    cat "$DATA/postgresql.auto.conf" 2>/dev/null | say64 autoConf
    say inode "$(stat -L -c %i "$DATA")"
    say processes "$(processes_in "$DATA" | joined)"
    say lastWrite "$(stat -c %Y "$DATA/pg_wal" "$DATA/global/pg_control" "$DATA"/base/* 2>/dev/null | sort -n | tail -n 1)"
    say tree "$(tree_of "$DATA")"
    "$BIN/pg_controldata" -D "$DATA" 2>/dev/null | say64 controlData
    history=$(ls "$DATA"/pg_wal/*.history 2>/dev/null | tail -n 1)
    [ -z "$history" ] || say64 timelineHistory <"$history"
    [ ! -e "$DATA/standby.signal" ] || effective
  fi
  say mountPoint "$(findmnt -no TARGET -T "$PARENT")"
  say fileSystem "$(file_system_of "$PARENT")"
  say room "$(room_of "$PARENT")"
  KEY=$(state_key)
  [ ! -e "$STATE/held/$KEY" ] || say heldStart "$(start_word "$STATE/held/$KEY")"
  for record in "$STATE/op/$KEY"/*; do
    case $record in *.tmp | *'*') continue ;; esac
    if ! is_open "$record"; then
      [ -z "$(record_value "$record" swapped)" ] || say64 "closed.\${record##*/}" <"$record"
      continue
    fi
    say64 "record.\${record##*/}" <"$record"
    for job in "$STATE/jobs/\${record##*/}"/*; do [ ! -d "$job" ] || say "job.\${record##*/}" "$job"; done
  done
  kept | while read -r op kind link state fs inode path64 kept64; do
    bytes=$(bytes_of "$(unb64 "$kept64")" 10)
    echo "$op $kind $link $state \${bytes:-0} $path64 $kept64"
  done | say64 kept
  for directory in "$DATA".incoming-*; do [ ! -d "$directory" ] || say "incoming.\${directory##*-}" "$(stat -c %i "$directory")"; done
}
`;
