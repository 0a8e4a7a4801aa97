export interface PgpassEntry {
  /** As in the connection string; `*` matches any. */
  host: string;
  port: number | '*';
  /** For physical replication libpq looks for `replication`; `*` matches any. */
  database: string;
  user: string;
  password: string;
}

/**
 * One line of a libpq password file, with its newline. Throws on NUL, CR and LF, which the format
 * cannot carry.
 */
export function pgpassLine(entry: PgpassEntry): string {
  const fields = [entry.host, String(entry.port), entry.database, entry.user].map(escapeField);
  // libpq takes a line that begins with # for a comment.
  const line = `${[...fields, escapeField(entry.password)].join(':')}\n`;
  return line.startsWith('#') ? `\\${line}` : line;
}

function escapeField(field: string): string {
  if (/[\0\r\n]/.test(field)) throw new Error('a password file cannot hold NUL or a line break');
  return field.replace(/[\\:]/g, '\\$&');
}

/**
 * The password of the first line for a user. Its address does not matter: a file of the runbook's own is for one leader,
 * whose address or port may be another since the line was written.
 */
export function findPgpassPassword(text: string, user: string): string | undefined {
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = splitFields(line.replace(/[\r]+$/, ''));
    if (fields.length >= 5 && (fields[3] === '*' || unescape(fields[3]) === user)) return unescape(fields[4]);
  }
  return undefined;
}

/** Splits at colons behind an even number of backslashes; the fields keep theirs, since `\*` is no wildcard. */
const splitFields = (line: string): string[] => line.split(/(?<=(?<!\\)(?:\\\\)*):/);

const unescape = (field: string | undefined): string => (field ?? '').replace(/\\(.)/gs, '$1');
