import { EFFECTIVE, FOLLOWED_SETTINGS } from './effective.js';
import { buildScript } from './script.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD } from './guard.js';
import { PROCESSES } from './processes.js';

/** Programs of every Debian system that our scripts use. */
const TOOLS = 'flock setpriv findmnt sha256sum base64 awk sed stat systemd-run systemctl ip perl';

/** First look at a host: who it is and which clusters it has. Reads only. */
export function discoverScript(peerAddress: string | undefined): string {
  return buildScript({
    variables: { PEER: peerAddress ?? '', TOOLS },
    body: `
getent passwd | cut -d: -f1,3 | say64 users
say machineId "$(cat /etc/machine-id)"
say hostname "$(hostname)"
say now "$(date +%s.%N)"
say systemd "$([ -d /run/systemd/system ] && echo yes || echo no)"
say missing "$(for tool in $TOOLS; do command -v "$tool" >/dev/null || printf '%s ' "$tool"; done)"
if command -v pg_lsclusters >/dev/null; then pg_lsclusters -j | say64 clusters; fi
if [ -n "$PEER" ]; then say sourceAddress "$(ip -o route get "$PEER" 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"; fi
`,
  });
}

export interface ClusterFactsInput {
  dataDirectory: string;
  configFile: string;
  hbaFile: string;
  binDirectory: string;
  osUser: string;
}

/** Second look: one cluster's files. Reads only; not even our state directory is made. */
export function clusterFactsScript(input: ClusterFactsInput): string {
  return buildScript({
    variables: {
      DATA: input.dataDirectory,
      CONFIG: input.configFile,
      HBA: input.hbaFile,
      BIN: input.binDirectory,
      OSUSER: input.osUser,
      IN: input.dataDirectory,
      SETTINGS: FOLLOWED_SETTINGS.join(' '),
    },
    functions: [GUARD, FINGERPRINT, PROCESSES, EFFECTIVE],
    body: `
PARENT=\${DATA%/*}
say home "$(getent passwd "$OSUSER" | cut -d: -f6)"
say minor "$("$BIN/postgres" --version 2>/dev/null | sed 's/^[^0-9]*//; s/ .*//')"
say hbaReal "$(readlink -f "$HBA")"
say includeDirectory "$(sed -n "s/^[[:space:]]*include_dir[[:space:]]*=\\{0,1\\}[[:space:]]*'\\([^']*\\)'.*/\\1/p" "$CONFIG" 2>/dev/null | tail -n 1)"
cat "$HBA" 2>/dev/null | say64 hba
say isLink "$([ -L "$DATA" ] && echo yes || echo no)"
say realPath "$(readlink -f "$DATA")"
if [ -d "$DATA" ]; then
  say exists yes
  say isMount "$([ "$(stat -c %d "$DATA")" != "$(stat -c %d "$PARENT")" ] && echo yes || echo no)"
  say mountsBelow "$(mounts_below "$(readlink -f "$DATA")")"
  say pgVersion "$(cat "$DATA/PG_VERSION" 2>/dev/null)"
  say entries "$(ls -A "$DATA" | wc -l)"
  say standbySignal "$([ -e "$DATA/standby.signal" ] && echo yes || echo no)"
  say tablespaces "$(ls "$DATA/pg_tblspc" 2>/dev/null | joined)"
  say walLinked "$([ -L "$DATA/pg_wal" ] && echo yes || echo no)"
  say inode "$(stat -L -c %i "$DATA")"
  say processes "$(processes_in "$DATA" | joined)"
  say lastWrite "$(stat -c %Y "$DATA/pg_wal" "$DATA/global/pg_control" "$DATA"/base/* 2>/dev/null | sort -n | tail -n 1)"
  say sizeBytes "$(timeout 20 du -sx --block-size=1 "$DATA" 2>/dev/null | cut -f1)"
  "$BIN/pg_controldata" -D "$DATA" 2>/dev/null | say64 controlData
  history=$(ls "$DATA"/pg_wal/*.history 2>/dev/null | tail -n 1)
  [ -z "$history" ] || say64 timelineHistory <"$history"
  [ ! -e "$DATA/standby.signal" ] || effective
fi
say mountPoint "$(findmnt -no TARGET -T "$PARENT")"
say freeBytes "$(df -B1 --output=avail "$PARENT" | tail -n 1 | tr -d ' ')"
say fileSystemBytes "$(df -B1 --output=size "$PARENT" | tail -n 1 | tr -d ' ')"
KEY=$(state_key)
for record in "$STATE/op/$KEY"/*; do
  case $record in *.tmp | *'*') continue ;; esac
  is_open "$record" || continue
  say64 "record.\${record##*/}" <"$record"
  for job in "$STATE/jobs/\${record##*/}"/*; do [ ! -d "$job" ] || say "job.\${record##*/}" "$job"; done
done
for directory in "$DATA".incoming-*; do [ ! -d "$directory" ] || say "incoming.\${directory##*-}" "$(stat -c %i "$directory")"; done
`,
  });
}

/** Third look, when the class is known: the digest an approval is bound to. */
export function fingerprintScript(dataDirectory: string, variables: Record<string, string>): string {
  return buildScript({
    variables: { DATA: dataDirectory, ...variables },
    functions: [FINGERPRINT],
    body: `
fingerprint_lines | say64 lines
say fingerprint "$(fingerprint)"
`,
  });
}
