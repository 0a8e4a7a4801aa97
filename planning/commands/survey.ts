import { START_WORD } from './autostart.js';
import { CLUSTER_FACTS } from './cluster-facts.js';
import { EFFECTIVE, FOLLOWED_SETTINGS } from './effective.js';
import { FIND_CLUSTERS } from './find-clusters.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD } from './guard.js';
import { HOST_FACTS } from './host-facts.js';
import { KEPT } from './kept.js';
import { PLACES } from './places.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface SurveyScriptInput {
  /** Where the host's traffic to the leader goes; absent on the leader. */
  peerAddress?: string | undefined;
  /** The configuration's `postgres:`. */
  pin?: { version?: string | undefined; cluster?: string | undefined } | undefined;
}

/**
 * All of a host that is not SQL, in one script: who it is, which clusters it has and, where the pin leaves
 * no doubt which one is meant, that cluster's files. Reads only.
 */
export function surveyScript({ peerAddress = '', pin = {} }: SurveyScriptInput): string {
  return buildScript({
    variables: { PEER: peerAddress, PIN_VERSION: pin.version ?? '', PIN_CLUSTER: pin.cluster ?? '' },
    functions: [
      GUARD,
      FINGERPRINT,
      PROCESSES,
      SERVICE,
      START_WORD,
      KEPT,
      HOST_FACTS,
      FIND_CLUSTERS,
      EFFECTIVE,
      PLACES,
      CLUSTER_FACTS,
    ],
    body: `
say began "$(date +%s.%N)"
host_facts
if [ -n "$PEER" ]; then say sourceAddress "$(source_address "$PEER")"; fi
if found=$(clusters) && { [ -n "$found" ] || command -v pg_lsclusters >/dev/null; }; then
  printf '%s\\n' "$found" | say64 clusters
  matching=$(printf '%s\\n' "$found" | awk -F "$US" -v version="$PIN_VERSION" -v cluster="$PIN_CLUSTER" \\
    'NF > 1 && (version == "" || $1 == version) && (cluster == "" || $2 == cluster)')
  if [ -n "$matching" ] && [ "$(printf '%s\\n' "$matching" | wc -l)" = 1 ]; then
    IFS=$US read -r VERSION NAME DATA CONFIGS HBA OSUSER BIN UNIT PORT SOCKET START <<END
$matching
END
    CONFIG=$CONFIGS/postgresql.conf
    IN=$DATA SETTINGS='${FOLLOWED_SETTINGS.join(' ')}'
    printf '%s\\n' "$found" | awk -F "$US" -v own="$DATA" 'NF > 1 && $3 != own { print $1 "/" $2 FS $3 }' |
      while IFS=$US read -r name directory; do used_by "$name" "$directory"; done | say64 usedByOthers
    cluster_facts
  fi
fi
say ended "$(date +%s.%N)"
`,
  });
}

/** The digest an approval is bound to; asked for when the class is known. */
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
