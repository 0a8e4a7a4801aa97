/** libpq's keywords and their values, e.g. `{ host: '10.0.0.1', port: 5432, passfile: '/…' }`. */
export type ConninfoParts = Record<string, string | number | undefined>;

/**
 * A libpq connection string in `keyword=value` form, in the order given; `undefined` values are left
 * out. A password is refused: it would stand in the process list, and `pg_basebackup -R` writes it in
 * clear into postgresql.auto.conf. Give `passfile` instead. Throws on it and on what libpq cannot carry.
 */
export function buildConninfo(parts: ConninfoParts): string {
  return Object.entries(parts)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([keyword, value]) => `${checkedKeyword(keyword)}=${quoteConninfoValue(String(value))}`)
    .join(' ');
}

function checkedKeyword(keyword: string): string {
  if (!/^[a-z][a-z0-9_]*$/.test(keyword)) throw new Error(`not a libpq keyword: ${JSON.stringify(keyword)}`);
  if (keyword.endsWith('password')) throw new Error(`a connection string must not carry ${keyword}`);
  return keyword;
}

/** Quotes one value; plain words stay as they are, because people read these strings on cards. */
export function quoteConninfoValue(value: string): string {
  if (value.includes('\0')) throw new Error('a connection string cannot contain NUL');
  return /^[A-Za-z0-9_.:/@%+,-]+$/.test(value) ? value : `'${value.replace(/[\\']/g, '\\$&')}'`;
}

// The two value forms of libpq's conninfo_parse. It accepts a name glued to a closing quote, hence no
// white space is asked for behind one.
const PARAMETER =
  /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'|((?:[^\s'\\]|\\[\s\S]|\\$)(?:[^\s\\]|\\[\s\S]|\\$)*|$))/y;

/**
 * Reads a connection string as libpq does: later keywords win, `host= port=1` gives host the value
 * `port=1`. `undefined` for one libpq would refuse, and for the URI form.
 */
export function parseConninfo(text: string): Record<string, string> | undefined {
  if (/^postgres(ql)?:\/\//.test(text)) return undefined;
  const found: Record<string, string> = {};
  let position = 0;
  while (text.slice(position).trim() !== '') {
    PARAMETER.lastIndex = position;
    const match = PARAMETER.exec(text);
    if (match?.[1] === undefined) return undefined;
    found[match[1]] = (match[2] ?? match[3] ?? '').replace(/\\([\s\S]?)/g, '$1');
    position = PARAMETER.lastIndex;
  }
  return found;
}
