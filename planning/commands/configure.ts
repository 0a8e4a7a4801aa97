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
  SETTINGS: EFFECTIVE_SETTINGS.join(' '),
});

/** Reads both auto.conf files, the signal files and the effective configuration. */
export function readConfigurationScript(
  dataDirectory: string,
  op: string,
  input: ConfigurationInput,
): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op, ...variables(input) },
    functions: [GUARD, EFFECTIVE],
    body: `
REC=$STATE/op/$(state_key)/$OP
say swapped "$(rec swapped)"
[ -d "$IN" ] || exit 0
say exists yes
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
    functions: [DURABLE, GUARD, PROCESSES, SERVICE, REHEARSAL, EFFECTIVE],
    body: `
guard
[ -z "$(rec swapped)" ] || refuse SWAP_UNEXPECTED "operation $OP has swapped already"
journal
stop_rehearsal # it would go on with the former configuration
printf %s "$CONTENT" | write_file "$IN/postgresql.auto.conf" "$OSUSER:" 600 || refuse COMMAND_FAILED "could not write $IN/postgresql.auto.conf"
[ ! -x /sbin/restorecon ] || restorecon "$IN/postgresql.auto.conf"
effective
`,
  });
}
