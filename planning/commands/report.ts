import { buildScript } from './script.js';

export interface ReportScriptInput {
  ops: readonly string[];
  /** Files that are edited, by the name their originals are kept under. */
  files: readonly { name: string; path: string }[];
  /** Of the newest lines of the journal, and of each file. */
  limitBytes: number;
}

/**
 * What this run's operations did on a host: their lines of the journal, and the files they edited, as they were
 * before the first of these operations (`before.N`) and as they are now (`after.N`). Reads only.
 */
export function reportScript({ ops, files, limitBytes }: ReportScriptInput): string {
  const look = files.map(
    ({ name }, index) => `look ${String(index)} ${JSON.stringify(name)} "$FILE${String(index)}"`,
  );
  return buildScript({
    variables: {
      OPS: ops.join(' '),
      LIMIT: String(limitBytes),
      ...Object.fromEntries(files.map(({ path }, index) => [`FILE${String(index)}`, path])),
    },
    functions: [
      `
journal_of() { grep -E '"op":"('"$(echo $OPS | tr ' ' '|')"')"' "$STATE/journal.jsonl" 2>/dev/null; }
first_original() { # NAME: what was kept keeps its time, so the oldest is the one from before all edits
  for op in $OPS; do [ ! -f "$STATE/backup/$op/$1" ] || printf '%s\\n' "$STATE/backup/$op/$1"; done | xargs -r ls -tr 2>/dev/null | head -n 1
}
look() { # NUMBER NAME PATH
  original=$(first_original "$2")
  [ -n "$original" ] || { [ "$2" = settings ] && made_settings; } || return 0
  say "edited.$1" yes
  [ -z "$original" ] || head -c "$LIMIT" "$original" | say64 "before.$1"
  head -c "$LIMIT" "$3" 2>/dev/null | say64 "after.$1"
}
made_settings() { for op in $OPS; do grep -qs '^madeSettings=' "$STATE"/op/*/"$op" && return; done; return 1; }
`,
    ],
    body: `
say lines "$(journal_of | wc -l)"
journal_of | tail -c "$LIMIT" | say64 journal
${look.join('\n')}
`,
  });
}
