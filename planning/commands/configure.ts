import { DURABLE } from './durable.js';
import { EFFECTIVE } from './effective.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { PROCESSES } from './processes.js';
import { REHEARSAL } from './rehearsal.js';
import { STANDBY_LIMITS } from '../postgres/standby-settings.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

export interface ConfigurationInput {
  osUser: string;
  binDirectory: string;
  configFile: string;
  incomingDirectory: string;
  /** The configuration lies in the data directory: the old server's own goes into the copy. */
  carriesConfiguration?: boolean;
}

/** With any of these set the new server would leave the leader, or wait for something else than its WAL. */
export const UNWANTED_SETTINGS = [
  'restore_command',
  'recovery_target',
  'recovery_target_name',
  'recovery_target_time',
  'recovery_target_xid',
  'recovery_target_lsn',
  'promote_trigger_file',
] as const;

/** What decides whether the new server follows, and with which capacities. */
export const EFFECTIVE_SETTINGS = [
  'primary_conninfo',
  'primary_slot_name',
  ...UNWANTED_SETTINGS,
  'data_directory',
  'hot_standby',
  'wal_level',
  ...STANDBY_LIMITS,
] as const;

const variables = (input: ConfigurationInput): Record<string, string> => ({
  OSUSER: input.osUser,
  BIN: input.binDirectory,
  CONFIG: input.configFile,
  IN: input.incomingDirectory,
  CARRIES: input.carriesConfiguration === true ? 'yes' : 'no',
  SETTINGS: EFFECTIVE_SETTINGS.join(' '),
});

/**
 * The configuration within the data directory: every *.conf but postgresql.auto.conf, and conf.d. In the copy these are
 * the leader's; the follower keeps its own, and what only the leader has goes. Done as the owner, to whom both
 * directories belong. Variables: CARRIES, DATA, IN, OSUSER. Needs EFFECTIVE.
 */
const CARRY = `
configuration_in() { (cd "$1" && ls -d *.conf conf.d 2>/dev/null | grep -vx postgresql.auto.conf); }
is_carried() {
  [ "$CARRIES" = yes ] || return 0
  [ "$(configuration_in "$DATA")" = "$(configuration_in "$IN")" ] || return 1
  for name in $(configuration_in "$DATA"); do diff -rq "$DATA/$name" "$IN/$name" >/dev/null || return 1; done
}
carry_over() {
  is_carried && return
  for name in $(configuration_in "$IN"); do as_owner rm -rf "$IN/$name"; done
  for name in $(configuration_in "$DATA"); do
    as_owner cp -dR --preserve=mode,timestamps "$DATA/$name" "$IN/$name" || refuse COMMAND_FAILED "could not copy $DATA/$name to $IN"
  done
  sync -f "$IN"
  [ ! -x /sbin/restorecon ] || restorecon -R "$IN"/*.conf
}
`;

/** Reads both auto.conf files, the signal files and the effective configuration. */
export function readConfigurationScript(
  dataDirectory: string,
  op: string,
  input: ConfigurationInput,
): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op, ...variables(input) },
    functions: [GUARD, EFFECTIVE, CARRY],
    body: `
REC=$STATE/op/$(state_key)/$OP
say swapped "$(rec swapped)"
[ -d "$IN" ] || exit 0
say exists yes
say carried "$(is_carried && echo yes || echo no)"
say owner "$(stat -c '%U %a' "$IN")"
say standbySignal "$([ -f "$IN/standby.signal" ] && echo yes || echo no)"
say recoverySignal "$([ -f "$IN/recovery.signal" ] && echo yes || echo no)"
say verified "$(cut -d' ' -f2 "$STATE/jobs/$OP/$(ls "$STATE/jobs/$OP" | sort -n | tail -n 1)/result" 2>/dev/null)"
say manifest "$(sha256sum "$IN/backup_manifest" | cut -d' ' -f1)"
cat "$IN/postgresql.auto.conf" 2>/dev/null | say64 incoming
former=$DATA/postgresql.auto.conf
[ "$(rec wiped)" != yes ] || former=$STATE/backup/$OP/postgresql.auto.conf # kept by the wipe
cat "$former" 2>/dev/null | say64 former
effective
`,
  });
}

/** Writes the incoming directory's postgresql.auto.conf, 0600 and the owner's. */
export function writeAutoConfScript(guard: GuardInput, input: ConfigurationInput, content: string): string {
  return buildScript({
    variables: { ...guardVariables(guard), ...variables(input), CONTENT: content },
    functions: [DURABLE, GUARD, PROCESSES, SERVICE, REHEARSAL, EFFECTIVE, CARRY],
    body: `
guard
[ -z "$(rec swapped)" ] || refuse SWAP_UNEXPECTED "operation $OP has swapped already"
journal
stop_rehearsal # it would go on with the former configuration
carry_over
printf %s "$CONTENT" | write_file "$IN/postgresql.auto.conf" "$OSUSER:" 600 || refuse COMMAND_FAILED "could not write $IN/postgresql.auto.conf"
[ ! -x /sbin/restorecon ] || restorecon "$IN/postgresql.auto.conf"
effective
`,
  });
}
