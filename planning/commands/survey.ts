import { binDirectoryOf } from '../targets.js';
import { START_WORD } from './autostart.js';
import { CLUSTER_FACTS } from './cluster-facts.js';
import { EFFECTIVE, FOLLOWED_SETTINGS } from './effective.js';
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
 * The clusters that the pin can mean, from the JSON of pg_lsclusters: one a line, parted by a character that
 * no path has. JSON.pm is what pg_lsclusters itself prints with.
 */
const MATCHING_CLUSTERS = `
matching_clusters() {
  printf '%s' "$1" | perl -MJSON -e '
    binmode STDOUT, ":utf8";
    for my $c (@{decode_json(join "", <STDIN>)}) {
      next if $ENV{PIN_VERSION} ne "" && $c->{version} ne $ENV{PIN_VERSION};
      next if $ENV{PIN_CLUSTER} ne "" && $c->{cluster} ne $ENV{PIN_CLUSTER};
      print join("\\x1f", $c->{version}, $c->{pgdata}, $c->{configdir}, $c->{config}{hba_file} // "$c->{configdir}/pg_hba.conf", $c->{owneruid} // $c->{configuid} // ""), "\\n";
    }' 2>/dev/null
}
other_clusters() { # JSON DIRECTORY: the others, name and data directory
  printf '%s' "$1" | OWN=$2 perl -MJSON -e '
    binmode STDOUT, ":utf8";
    for my $c (@{decode_json(join "", <STDIN>)}) {
      print "$c->{version}/$c->{cluster}\\x1f$c->{pgdata}\\n" if $c->{pgdata} ne $ENV{OWN};
    }' 2>/dev/null
}
`;

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
      MATCHING_CLUSTERS,
      EFFECTIVE,
      PLACES,
      CLUSTER_FACTS,
    ],
    body: `
say began "$(date +%s.%N)"
host_facts
if [ -n "$PEER" ]; then say sourceAddress "$(source_address "$PEER")"; fi
if command -v pg_lsclusters >/dev/null; then
  clusters=$(pg_lsclusters -j)
  printf '%s' "$clusters" | say64 clusters
  export PIN_VERSION PIN_CLUSTER
  matching=$(matching_clusters "$clusters")
  if [ -n "$matching" ] && [ "$(printf '%s\\n' "$matching" | wc -l)" = 1 ]; then
    IFS=$(printf '\\037') read -r VERSION DATA CONFIGS HBA OWNER <<END
$matching
END
    CONFIG=$CONFIGS/postgresql.conf
    BIN=${binDirectoryOf('$VERSION')}
    IN=$DATA SETTINGS='${FOLLOWED_SETTINGS.join(' ')}'
    OSUSER=$(getent passwd "$OWNER" | cut -d: -f1)
    [ -n "$OSUSER" ] || OSUSER=postgres
    other_clusters "$clusters" "$DATA" | while IFS=$(printf '\\037') read -r name directory; do used_by "$name" "$directory"; done | say64 usedByOthers
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
