import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

/** The name of our file in the leader's include directory: late enough to win over a distribution's own. */
export const SETTINGS_FILE = '90-pg-runbook.conf';

/** Writes our settings file beside the leader's own; the former content, if any, is kept. */
export function writeSettingsFileScript(
  guard: GuardInput,
  input: { file: string; osUser: string; content: string },
): string {
  return buildScript({
    variables: { ...guardVariables(guard), FILE: input.file, OSUSER: input.osUser, CONTENT: input.content },
    functions: [DURABLE, GUARD],
    body: `
guard
journal
if [ -z "$(rec madeSettings)" ]; then # only now is what lies there not ours
  keep_original "$FILE" settings || refuse COMMAND_FAILED "could not keep a copy of $FILE"
  note madeSettings "$([ -e "$FILE" ] && echo edited || echo created) $FILE"
fi
printf %s "$CONTENT" | write_file "$FILE" "$OSUSER:" 644 || refuse COMMAND_FAILED "could not write $FILE"
`,
  });
}

/** Puts the settings file back as it was before this operation, or removes it. */
export function restoreSettingsFileScript(guard: GuardInput): string {
  return buildScript({
    variables: guardVariables(guard),
    functions: [DURABLE, GUARD],
    body: `
guard
made=$(rec madeSettings)
[ -n "$made" ] || { say changed no; exit 0; }
file=\${made#* }
journal
if [ -e "$STATE/backup/$OP/settings" ]; then cat "$STATE/backup/$OP/settings" | write_file "$file" || refuse COMMAND_FAILED "could not write $file"; else rm -f "$file"; sync_dir "\${file%/*}"; fi
forget madeSettings
say changed yes
`,
  });
}

/**
 * Restarts the leader, if it is still the postmaster that was approved: its pid file must hold the start
 * time (epoch seconds, line 3) and pid that were read by SQL moments before.
 */
export function restartLeaderScript(guard: GuardInput, input: { unit: string; pid: number }): string {
  return buildScript({
    variables: { ...guardVariables(guard), UNIT: input.unit, PID: String(input.pid) },
    functions: [DURABLE, GUARD, SERVICE],
    body: `
guard
[ "$(head -n 1 "$DATA/postmaster.pid" 2>/dev/null)" = "$PID" ] || refuse RESTART_NOT_SAFE "another postmaster runs on $DATA now"
journal
restart_server || refuse LEADER_RESTART_FAILED "the restart of $UNIT was not accepted"
`,
  });
}
