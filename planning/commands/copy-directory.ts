import type { CopyMode } from '../../workflows/contract/plan.js';
import { EMPTY_DIRECTORY } from './empty-directory.js';
import { FINGERPRINT } from './fingerprint.js';
import { WIPED_PLACES } from './wiped-places.js';
import { REMOVE_INCOMING } from './remove-incoming.js';

export interface CopyDirectoryInput {
  mode: CopyMode;
  osUser: string;
  /** Major version. */
  version: string;
  binDirectory: string;
  leaderSystemIdentifier: string;
}

/** Where the copy is made: beside the data directory, where nothing is yet. */
const BESIDE = `
make_copy_directory() {
  incoming=$DATA.incoming-$OP
  if [ ! -d "$incoming" ]; then
    journal
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
make_copy_directory() {
  [ "$(rec wiped)" = yes ] || refuse SWAP_UNEXPECTED "operation $OP has not emptied $DATA"
  for name in $(places); do
    enter_place "$name"
    [ -z "$(contents_of_place "$name")" ] || refuse SWAP_UNEXPECTED "$place is not empty any more: $(contents_of_place "$name" | head -n 5 | joined)"
  done
  [ -e "$J/run" ] || journal
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
    ...(input.mode === 'in-place'
      ? { VERSION: input.version, BIN: input.binDirectory, LEADER_SYSTEM: input.leaderSystemIdentifier }
      : {}),
  },
  functions:
    input.mode === 'in-place'
      ? [FINGERPRINT, EMPTY_DIRECTORY, WIPED_PLACES, IN_PLACE]
      : [EMPTY_DIRECTORY, REMOVE_INCOMING, BESIDE],
});
