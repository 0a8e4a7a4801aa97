import { STANDBY_LIMITS } from '../postgres/standby-settings.js';

/**
 * `postgres -C` on the directory IN. Without `-c data_directory` Debian's postgresql.conf would send it to
 * another directory's postgresql.auto.conf. Variables: OSUSER, BIN, CONFIG, IN, SETTINGS.
 */
export const EFFECTIVE = `
as_owner() { setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups env LC_ALL=C HOME=/ "$@"; }
effective() {
  for name in $SETTINGS; do
    as_owner "$BIN/postgres" -C "$name" -D "$IN" -c data_directory="$IN" -c config_file="$CONFIG" 2>/dev/null | say64 "effective.$name"
  done
}
`;

/** What the files of a standby say of what it follows, and its limits: its server may be stopped. */
export const FOLLOWED_SETTINGS = [
  'primary_conninfo',
  'primary_slot_name',
  'restore_command',
  ...STANDBY_LIMITS,
] as const;
