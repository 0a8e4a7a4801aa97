import { buildScript } from './script.js';

/** Larger files are nobody's access rules; the plan treats them as unknown. */
export const HBA_FILE_BYTES = 1_048_576;

/**
 * Reads files a pg_hba.conf refers to; directories (`/` at the end) as the names of the files in them that
 * PostgreSQL would include. Answers `file.N` for the Nth path, or `missing.N`; neither where it cannot be
 * read. Reads only.
 */
export function readHbaFilesScript(paths: readonly string[]): string {
  return buildScript({
    variables: {
      BYTES: String(HBA_FILE_BYTES),
      ...Object.fromEntries(paths.map((path, index) => [`PATH_${String(index)}`, path])),
    },
    functions: [READ_ONE],
    body: paths.map((_, index) => `read_one ${String(index)} "$PATH_${String(index)}"`).join('\n'),
  });
}

// GetConfFilesInDir: *.conf, no hidden ones, no directories. A dangling link is listed: PostgreSQL stumbles over it.
const READ_ONE = `
names_in() {
  for entry in "$1"*.conf; do
    if [ -d "$entry" ]; then continue; fi
    if [ -e "$entry" ] || [ -L "$entry" ]; then printf '%s\\n' "\${entry##*/}"; fi
  done
}
read_one() {
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then say "missing.$1" yes; return; fi
  case $2 in
  */) if [ -d "$2" ]; then names_in "$2" | say64 "file.$1"; fi ;;
  *) if [ -f "$2" ] && [ "$(stat -L -c %s "$2")" -le "$BYTES" ]; then cat "$2" | say64 "file.$1"; fi ;;
  esac
}
`;
