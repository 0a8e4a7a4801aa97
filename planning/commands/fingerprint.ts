/**
 * What an approval of a replacement is bound to. One text, used by the survey and again by the script
 * that acts: sorted `key=value` lines and their sha256. Only what identifies the thing that will be
 * replaced, and for whom, goes in; what drifts by itself (sizes, LSNs, pids, sessions) stays out.
 *
 * Variables: DATA, BIN, LEADER_MACHINE, LEADER_SYSTEM, LEADER_TIMELINE, CLASS, MODE.
 */
export const FINGERPRINT = `
file_system_of() { # a UUID where the file system has one, else the kernel's own id of it
  uuid=$(findmnt -no UUID -T "$1" 2>/dev/null); [ -n "$uuid" ] || uuid=fsid-$(stat -f -c %i "$1"); echo "$uuid"
}
control_value() { "$BIN/pg_controldata" -D "$DATA" 2>/dev/null | sed -n "s/^$1: *//p"; }
joined() { sort | tr '\\n' ' ' | sed 's/ $//'; }
in_mountinfo() { printf %s "$1" | sed 's/\\\\/\\\\134/g; s/ /\\\\040/g; s/\\t/\\\\011/g'; } # as the kernel writes blanks and backslashes
is_mount_root() { # DIRECTORY; by name: a bind mount has the device number of what it was made from
  at=$(in_mountinfo "$1") awk '$5 == ENVIRON["at"] { found = 1 } END { exit !found }' /proc/self/mountinfo
}
mounts_below() { # DIRECTORY
  below=$(in_mountinfo "$1")/ awk 'index($5, ENVIRON["below"]) == 1 { print $5 }' /proc/self/mountinfo | joined
}
fingerprint_lines() {
  { echo "machineId=$(cat /etc/machine-id)"
    echo "leaderMachineId=$LEADER_MACHINE"; echo "leaderSystemIdentifier=$LEADER_SYSTEM"; echo "leaderTimeline=$LEADER_TIMELINE"
    echo "class=$CLASS"; echo "mode=$MODE"
    echo "path=$DATA"
    if [ -d "$DATA" ]; then
      echo "fileSystem=$(file_system_of "$DATA")"
      echo "inode=$(stat -L -c %i "$DATA")"
      echo "pgVersion=$(cat "$DATA/PG_VERSION" 2>/dev/null)"
      echo "systemIdentifier=$(control_value 'Database system identifier')"
      echo "timeline=$(control_value "Latest checkpoint's TimeLineID")"
      echo "standbySignal=$([ -e "$DATA/standby.signal" ] && echo yes || echo no)"
      echo "databases=$(ls "$DATA/base" 2>/dev/null | grep '^[0-9]*$' | joined)"
      echo "tablespaces=$(for t in "$DATA"/pg_tblspc/*; do [ ! -L "$t" ] || echo "\${t##*/}:$(readlink -f "$t"):$(ls "$t"/PG_* 2>/dev/null | grep '^[0-9]*$' | joined)"; done | joined)"
      echo "pgWal=$(if [ -L "$DATA/pg_wal" ]; then readlink -f "$DATA/pg_wal"; fi)"
      echo "mountsBelow=$(mounts_below "$DATA")"
    fi
  } | sort
}
fingerprint() { fingerprint_lines | sha256sum | cut -d' ' -f1; }
`;

export interface FingerprintInput {
  dataDirectory: string;
  binDirectory: string;
  leader: { machineId: string; systemIdentifier: string; timeline: number };
  class: string;
  mode: string;
}

/** The variables {@link FINGERPRINT} reads, besides DATA. */
export function fingerprintVariables(input: FingerprintInput): Record<string, string> {
  return {
    BIN: input.binDirectory,
    LEADER_MACHINE: input.leader.machineId,
    LEADER_SYSTEM: input.leader.systemIdentifier,
    LEADER_TIMELINE: String(input.leader.timeline),
    CLASS: input.class,
    MODE: input.mode,
  };
}

/** Longest line of {@link FINGERPRINT} a plan carries; a cluster may have thousands of databases. */
const LINE_LENGTH = 144;

/** Lines as a plan keeps them: a long one is cut off, and a checksum of all of it still tells a difference. */
export const shortFingerprintLines = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line.length <= LINE_LENGTH ? line : `${line.slice(0, LINE_LENGTH - 12)}… ${checksum(line)}`,
  );

/** FNV-1a, 32 bits: only to tell two long lines apart; what an approval is bound to is the sha256. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Names the keys in which two fingerprints differ, for the message of PLAN_OUTDATED. */
export function differingKeys(approved: string[], now: string[]): string[] {
  const split = (lines: string[]): Map<string, string> =>
    new Map(
      shortFingerprintLines(lines).map((line) => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1),
      ]),
    );
  const [a, b] = [split(approved), split(now)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
}
