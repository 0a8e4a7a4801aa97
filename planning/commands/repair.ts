import type { ConfigurationInput } from './configure.js';
import { EFFECTIVE_SETTINGS } from './configure.js';
import { DURABLE } from './durable.js';
import { EFFECTIVE } from './effective.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { PROCESSES } from './processes.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

/**
 * Before a follower whose data stays is touched: it is the one that was approved, or this operation has
 * begun on it already (it then replays, and its databases may no longer be those of the card).
 * Variables: those of {@link FINGERPRINT}, and APPROVED.
 */
export const CHECK_REPAIR = `
begin_repair() {
  if [ "$(rec repairIntent)" != "$APPROVED" ] && [ "$(fingerprint)" != "$APPROVED" ]; then
    fingerprint_lines | say64 lines
    refuse PLAN_OUTDATED "the data directory is not the one that was approved"
  fi
  [ -f "$DATA/standby.signal" ] || refuse SWAP_UNEXPECTED "$DATA has no standby.signal: its next start would make a second leader of it"
  [ "$(rec repairIntent)" = "$APPROVED" ] || note repairIntent "$APPROVED"
}
sha_of() { sha256sum "$1" 2>/dev/null | cut -d' ' -f1; }
`;

export interface RepairInput {
  guard: GuardInput;
  /** The variables of the fingerprint, freshly read from the leader. */
  fingerprint: Record<string, string>;
  approvedFingerprint: string;
}

export const repairVariables = ({
  guard,
  fingerprint,
  approvedFingerprint,
}: RepairInput): Record<string, string> => ({
  ...guardVariables(guard),
  ...fingerprint,
  APPROVED: approvedFingerprint,
});

/** Writes the follower's own postgresql.auto.conf, if it still is what was read; the former one is kept. */
export function repairAutoConfScript(
  input: RepairInput,
  where: ConfigurationInput,
  file: { content: string; sha256: string; expectedSha256: string },
): string {
  return buildScript({
    variables: {
      ...repairVariables(input),
      OSUSER: where.osUser,
      BIN: where.binDirectory,
      CONFIG: where.configFile,
      IN: where.incomingDirectory,
      SETTINGS: EFFECTIVE_SETTINGS.join(' '),
      CONTENT: file.content,
      MADE: file.sha256,
      EXPECTED: file.expectedSha256,
    },
    functions: [DURABLE, GUARD, FINGERPRINT, EFFECTIVE, CHECK_REPAIR],
    body: `
guard
FILE=$DATA/postgresql.auto.conf
begin_repair
[ "$(sha_of "$FILE")" = "$EXPECTED" ] || refuse HOST_BUSY "$FILE was changed by somebody else meanwhile"
journal
keep_original "$FILE" postgresql.auto.conf || refuse COMMAND_FAILED "could not keep a copy of $FILE"
note madeAutoConf "$MADE"
printf %s "$CONTENT" | write_file "$FILE" "$OSUSER:" 600 || refuse COMMAND_FAILED "could not write $FILE"
[ ! -x /sbin/restorecon ] || restorecon "$FILE"
effective
`,
  });
}

export interface RestartInput extends RepairInput {
  unit: string;
  osUser: string;
  binDirectory: string;
  socketDirectory: string;
  port: number;
}

/** Restarts the follower for limits that a reload cannot raise, while nobody is connected to it. */
export function restartFollowerScript(input: RestartInput): string {
  return buildScript({
    variables: {
      ...repairVariables(input),
      UNIT: input.unit,
      OSUSER: input.osUser,
      BIN: input.binDirectory,
      SOCKET: input.socketDirectory,
      PORT: String(input.port),
    },
    functions: [
      DURABLE,
      GUARD,
      PROCESSES,
      SERVICE,
      FINGERPRINT,
      CHECK_REPAIR,
      `
sessions() {
  setpriv --reuid="$OSUSER" --regid="$OSUSER" --init-groups "$BIN/psql" -XAtw -h "$SOCKET" -p "$PORT" -d postgres \\
    -c "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()" 2>/dev/null
}
postmaster() { head -n 1 "$DATA/postmaster.pid" 2>/dev/null; }
is_another() { now=$(postmaster) && [ -n "$now" ] && [ "$now" != "$before" ]; }
`,
    ],
    body: `
guard
begin_repair
count=$(sessions)
[ -n "$count" ] || refuse POSTGRES_UNAVAILABLE "the server in $DATA does not say how many clients it has"
[ "$count" = 0 ] || refuse FOLLOWER_IN_USE "$count client sessions"
before=$(postmaster)
journal
restart_server
await 60 is_another || refuse STOP_FAILED "the server in $DATA did not restart"
`,
  });
}

/** Puts postgresql.auto.conf back as it was before the repair, unless somebody has changed it since. */
export function restoreAutoConfScript(guard: GuardInput, osUser: string): string {
  return buildScript({
    variables: { ...guardVariables(guard), OSUSER: osUser },
    functions: [DURABLE, GUARD, CHECK_REPAIR],
    body: `
guard
made=$(rec madeAutoConf)
[ -n "$made" ] || { say state none; exit 0; }
FILE=$DATA/postgresql.auto.conf
former=$STATE/backup/$OP/postgresql.auto.conf
if [ "$(sha_of "$FILE")" = "$made" ]; then
  journal
  if [ -e "$former" ]; then write_file "$FILE" "$OSUSER:" 600 <"$former" || refuse COMMAND_FAILED "could not write $FILE"
  else rm -f "$FILE"; sync_dir "$DATA"; fi
  say state restored
elif [ "$(sha_of "$FILE")" = "$(sha_of "$former")" ]; then say state unchanged
else say state foreign; say former "$former"; exit 0; fi
forget madeAutoConf
`,
  });
}
