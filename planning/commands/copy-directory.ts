import type { CopyMode, LinkedDirectory } from '../../workflows/contract/target.js';
import { EMPTY_DIRECTORY } from './empty-directory.js';
import { FINGERPRINT } from './fingerprint.js';
import { LINKED, linkedVariable } from './linked.js';
import { WIPED_PLACES } from './wiped-places.js';
import { REMOVE_INCOMING } from './remove-incoming.js';

export interface CopyDirectoryInput {
  mode: CopyMode;
  osUser: string;
  /** Major version. */
  version: string;
  binDirectory: string;
  leaderSystemIdentifier: string;
  /** What the copy has outside of its data directory. */
  linked?: readonly LinkedDirectory[] | undefined;
}

/** Where the copy is made: beside the data directory, where nothing is yet. */
const BESIDE = `
make_copy_directory() {
  incoming=$DATA.incoming-$OP
  each_linked make_beside # before the note of the copy itself: with that one there, all of these are
  if [ ! -d "$incoming" ]; then
    journal_once
    [ -z "$(rec incomingInode)" ] || forget incomingInode # of a directory that somebody else has removed
    mkdir -m 700 "$incoming" && chown -h "$OSUSER:" "$incoming" && sync_dir "\${incoming%/*}" || refuse COMMAND_FAILED "could not make $incoming"
  fi
  [ -n "$(rec incomingInode)" ] || note incomingInode "$(stat -c %i "$incoming")"
}
holds_a_copy() { [ -d "$DATA.incoming-$OP" ]; }
clear_copy_directory() { remove_incoming; }
`;

/** In the data directory itself, which the wipe has emptied. Whoever put something there since keeps it. */
const IN_PLACE = `
make_place() { # LINK INCOMING FINAL: where the old cluster had no tablespace; pg_wal is among what was emptied
  case $1 in pg_tblspc/*) name=wipes.pg_tblspc.new\${1#pg_tblspc/} ;; *) return 0 ;; esac
  if [ ! -e "$3" ] && [ ! -L "$3" ]; then
    journal_once
    mkdir -m 700 "$3" && chown -h "$OSUSER:" "$3" && sync_dir "\${3%/*}" || refuse COMMAND_FAILED "could not make $3"
  fi
  [ ! -L "$3" ] && [ -d "$3" ] && [ -z "$(ls -A "$3" | grep -v "^PG_\${VERSION}_")" ] && [ "$(stat -c %U "$3")" = "$OSUSER" ] ||
    refuse SWAP_UNEXPECTED "$3 is not an empty directory of $OSUSER"
  [ -n "$(rec "$name")" ] || note_place "$name" "$3"
}
make_copy_directory() {
  [ "$(rec wiped)" = yes ] || refuse SWAP_UNEXPECTED "operation $OP has not emptied $DATA"
  each_linked make_place
  for name in $(places); do
    enter_place "$name"
    [ -z "$(contents_of_place "$name")" ] || refuse SWAP_UNEXPECTED "$place is not empty any more: $(contents_of_place "$name" | head -n 5 | joined)"
  done
  [ -e "$J/run" ] || journal_once
}
holds_a_copy() { [ "$(rec wiped)" = yes ] && [ -n "$n" ]; }
clear_copy_directory() {
  holds_a_copy || return 0
  enter_place wipes
  nobody_works_there || refuse SWAP_UNEXPECTED "processes $(processes_in "$place" | joined) work in $place"
  found=$(control_value 'Database system identifier')
  [ -z "$found" ] || [ "$found" = "$LEADER_SYSTEM" ] || refuse SWAP_UNEXPECTED "in $place lies another cluster ($found), not the copy"
  empty_places
}
`;

/** The functions `make_copy_directory`, `holds_a_copy` and `clear_copy_directory`, with all they need besides DURABLE, GUARD and PROCESSES. */
export const copyDirectory = (
  input: CopyDirectoryInput,
): { variables: Record<string, string>; functions: string[] } => ({
  variables: {
    OSUSER: input.osUser,
    LINKED: linkedVariable(input.linked),
    ...(input.mode === 'in-place'
      ? { VERSION: input.version, BIN: input.binDirectory, LEADER_SYSTEM: input.leaderSystemIdentifier }
      : {}),
  },
  functions:
    input.mode === 'in-place'
      ? [FINGERPRINT, LINKED, EMPTY_DIRECTORY, WIPED_PLACES, IN_PLACE]
      : [FINGERPRINT, LINKED, EMPTY_DIRECTORY, REMOVE_INCOMING, BESIDE],
});
