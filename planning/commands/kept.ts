/**
 * The directories that operations on DATA have set aside, by their records: the data a swap replaced (`old`,
 * and `old.<link>` for what a link of the data directory led to), and the copy an undo moved away (`displaced`
 * likewise). What lies there counts only if it is the very directory that was recorded, by file system and inode.
 *
 * Needs GUARD and FINGERPRINT.
 */
export const KEPT = `
unb64() { printf %s "$1" | base64 -d; }
field_of() { # RECORD NAME: also a name with slashes
  while IFS= read -r line; do case $line in "$2="*) printf '%s\\n' "\${line#*=}" ;; esac; done <"$1"
}
field() { field_of "$REC" "$1"; }
is_directory() { # PATH FILE_SYSTEM INODE
  [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c %i "$1")" = "$3" ] && [ "$(file_system_of "$1")" = "$2" ]
}
set_aside_in() { # RECORD: KIND LINK FILE_SYSTEM INODE PATH64 KEPT64; the data directory itself has the link .
  sed -n 's/^\\(old\\|displaced\\)=/\\1 . /p; s/^\\(old\\|displaced\\)\\.\\([^=]*\\)=/\\1 \\2 /p' "$1"
}
kept() { # OP KIND LINK STATE FILE_SYSTEM INODE PATH64 KEPT64 of what lies there; STATE ours, or other
  for record in "$STATE/op/$(state_key)"/*; do
    case $record in *.tmp | *'*') continue ;; esac
    set_aside_in "$record" | while read -r kind link fs inode path64 kept64; do
      directory=$(unb64 "$kept64")
      [ -e "$directory" ] || [ -L "$directory" ] || continue
      if is_directory "$directory" "$fs" "$inode"; then state=ours; else state=other; fi
      echo "\${record##*/} $kind $link $state $fs $inode $path64 $kept64"
    done
  done
}
bytes_of() { # DIRECTORY SECONDS
  timeout "$2" du -sx --block-size=1 "$1" 2>/dev/null | cut -f1
}
`;

/**
 * What the approval of an undo or a purge is bound to: who the host, the follower and the leader are, the
 * operation, and each directory that was set aside. The follower's databases and tablespaces come and go with
 * the leader's, so they are left out.
 *
 * Variables: those of FINGERPRINT, and OP.
 */
export const REVERSAL_FINGERPRINT = `
reversal_lines() {
  { fingerprint_lines | grep -Ev '^(class|databases|tablespaces)='
    echo "operation=$OP"
    kept | while read -r op kind link state fs inode path64 kept64; do
      echo "kept.$op.$kind.$link=$state $fs $inode $(unb64 "$kept64")"
    done
  } | sort
}
reversal_fingerprint() { reversal_lines | sha256sum | cut -d' ' -f1; }
check_reversal() { # KIND: it is what was approved, or this very undo or purge has begun already
  [ "$(rec "$1")" != begun ] || [ "$(rec "$1Intent")" != "$APPROVED" ] || return 1
  [ "$(reversal_fingerprint)" = "$APPROVED" ] || { reversal_lines | say64 lines; refuse PLAN_OUTDATED "it is not what was approved"; }
}
reopen() { # KIND: the operation is this run's, and its record says what has begun; all at once
  refuse_others
  [ -f "$REC" ] || refuse STALE_ATTEMPT "there is no record of operation $OP"
  had=$(rec epoch)
  if [ "$had" -gt "$EPOCH" ]; then refuse STALE_ATTEMPT "operation $OP is at epoch $had, this attempt at $EPOCH"; fi
  if [ "$had" -eq "$EPOCH" ] && [ "$(rec runId)" != "$RUN" ]; then refuse STALE_ATTEMPT "operation $OP is in the hands of run $(rec runId)"; fi
  { grep -Ev "^(workflowId|server|requester|epoch|runId|closedAt|$1|$1Intent)=" "$REC"
    printf '%s\\n' "workflowId=$WORKFLOW" "server=$SERVER" "requester=$REQUESTER" "epoch=$EPOCH" "runId=$RUN" "$1=begun" "$1Intent=$APPROVED"
  } | put_record || exit
}
`;
