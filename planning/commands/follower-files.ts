import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { buildScript } from './script.js';

/** Reads the password file; its content stays in the activity that asked. */
export function readPassfileScript(passfile: string): string {
  return buildScript({
    variables: { FILE: passfile },
    body: `
say mode "$(stat -c '%a %U' "$FILE" 2>/dev/null)"
cat "$FILE" 2>/dev/null | say64 content
`,
  });
}

/** Writes the password file (0600, directory 0700, the owner of the cluster), durable and at once. */
export function writePassfileScript(
  guard: GuardInput,
  passfile: string,
  osUser: string,
  content: string,
): string {
  return buildScript({
    variables: { ...guardVariables(guard), FILE: passfile, OSUSER: osUser, CONTENT: content },
    functions: [DURABLE, GUARD],
    body: `
guard
journal
[ -e "$FILE" ] || note madePassfile "$FILE"
directory=\${FILE%/*}
[ -d "$directory" ] || { mkdir -m 700 "$directory" && chown -h "$OSUSER:" "$directory"; } || refuse COMMAND_FAILED "could not make $directory"
printf '%s\\n' "$CONTENT" | write_file "$FILE" "$OSUSER:" 600 || refuse COMMAND_FAILED "could not write $FILE"
`,
  });
}

/** Claims the operation and writes the journal line of a change that is made by SQL. `made` is noted first. */
export function claimScript(guard: GuardInput, made: Record<string, string> = {}): string {
  const notes = Object.keys(made).map(
    (name) => `[ -n "$(rec ${name})" ] || note ${name} "$${name.toUpperCase()}"`,
  );
  const variables = Object.fromEntries(
    Object.entries(made).map(([name, value]) => [name.toUpperCase(), value]),
  );
  return buildScript({
    variables: { ...guardVariables(guard), ...variables },
    functions: [DURABLE, GUARD],
    body: ['guard', ...notes, 'journal'].join('\n'),
  });
}

/**
 * Replaces one text file if it still is what was read: compare-and-swap on its sha256. Owner and mode stay, a
 * copy of the file as it was before the operation is kept, and a link is followed to the real file.
 */
export function editFileScript(
  guard: GuardInput,
  edit: {
    file: string;
    content: string;
    expectedSha256: string;
    backupName: string;
    made?: Record<string, string>;
  },
): string {
  const made = Object.entries(edit.made ?? {});
  return buildScript({
    variables: {
      ...guardVariables(guard),
      FILE: edit.file,
      CONTENT: edit.content,
      EXPECTED: edit.expectedSha256,
      BACKUP: edit.backupName,
      ...Object.fromEntries(made.map(([name, value]) => [name.toUpperCase(), value])),
    },
    functions: [DURABLE, GUARD],
    body: `
guard
FILE=$(readlink -f "$FILE")
now=$(sha256sum "$FILE" 2>/dev/null | cut -d' ' -f1)
[ "$now" = "$EXPECTED" ] || refuse HOST_BUSY "$FILE was changed by somebody else meanwhile"
journal
${made.map(([name]) => `[ -n "$(rec ${name})" ] || note ${name} "$${name.toUpperCase()}"`).join('\n')}
keep_original "$FILE" "$BACKUP" || refuse COMMAND_FAILED "could not keep a copy of $FILE"
printf %s "$CONTENT" | write_file "$FILE" || refuse COMMAND_FAILED "could not write $FILE"
`,
  });
}

/** The content of a file and its sha256 (empty for a file that is not there). */
export function readFileScript(file: string): string {
  return buildScript({
    variables: { FILE: file },
    body: `
FILE=$(readlink -f "$FILE")
say sha256 "$(sha256sum "$FILE" 2>/dev/null | cut -d' ' -f1)"
cat "$FILE" 2>/dev/null | say64 content
`,
  });
}

/** The size of a directory in bytes, or nothing when counting takes longer than 20 s. Reads only. */
export function sizeScript(directory: string): string {
  return buildScript({
    variables: { DIRECTORY: directory },
    body: `say sizeBytes "$(timeout 20 du -sx --block-size=1 "$DIRECTORY" 2>/dev/null | cut -f1)"`,
  });
}

/** The record of one operation on one data directory, as lines. Reads only. */
export function readRecordScript(dataDirectory: string, op: string): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op },
    functions: [GUARD],
    body: `
cat "$STATE/op/$(state_key)/$OP" 2>/dev/null | say64 record
`,
  });
}

/** Closes the operation's record; where nothing was ever written there is none. */
export function closeRecordScript(guard: GuardInput): string {
  return buildScript({
    variables: guardVariables(guard),
    functions: [DURABLE, GUARD],
    body: `
lock
[ -f "$REC" ] || { say changed no; exit 0; }
if ! is_open "$REC" && [ "$(rec epoch)" = "$EPOCH" ]; then say changed no; exit 0; fi
claim
journal
note closedAt "$(date -u +%FT%TZ)"
say changed yes
`,
  });
}
