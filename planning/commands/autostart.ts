/** What a start.conf says, as postgresql-common reads it. */
export const START_WORD = `
start_word() { sed 's/#.*//; s/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' "$1" 2>/dev/null | head -n 1; }
`;

/**
 * While a data directory is emptied and copied into, nothing may start its server: not a boot, not
 * postgresql.service, not a package's maintainer script, which all ask start.conf. The file as it was lies in
 * held/<key>, from before the first change until it is put back, whichever operation of ours does that.
 *
 * Variables: START_CONF, OSUSER; after `guard`. Needs DURABLE, SERVICE and START_WORD.
 */
export const AUTOSTART = `
held() { echo "$STATE/held/$KEY"; }
hold_autostart() {
  [ "$(start_word "$START_CONF")" != disabled ] || return 0
  mkdir -p "$STATE/held"
  if [ -e "$START_CONF" ]; then cat "$START_CONF"; else echo auto; fi | put "$(held)" || refuse COMMAND_FAILED "could not keep $START_CONF"
  if [ -e "$START_CONF" ]; then set --; else set -- "$OSUSER:" 644; fi
  { sed '/^[[:space:]]*[a-z]/d' "$(held)"; echo disabled; } | write_file "$START_CONF" "$@" || refuse COMMAND_FAILED "could not write $START_CONF"
  reload_units
}
release_autostart() { # what a person has written into it since stays
  [ -e "$(held)" ] || return 0
  if [ "$(start_word "$START_CONF")" = disabled ]; then
    write_file "$START_CONF" <"$(held)" || refuse COMMAND_FAILED "could not write $START_CONF"
  fi
  reload_units
  rm -f -- "$(held)" && sync_dir "$STATE/held" || refuse COMMAND_FAILED "could not remove $(held)"
}
`;
