// Written as escapes, because these are the very characters that must not stand in a source either.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes control characters visible. What comes from hosts, servers and other people's configuration
 * could otherwise move the cursor, or turn a line of a card around, on the screen of whoever approves.
 */
export const printable = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(CONTROL, escaped);

/** Only ASCII: for LANG=C, where a terminal shows two or three wrong characters for every other one. */
export const ascii = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replaceAll(/[^\u0000-\u007f]/gu, (character) => PLAIN[character] ?? escaped(character));

const PLAIN: Record<string, string> = {
  '–': '-',
  '—': '-',
  '…': '...',
  '’': "'",
  '“': '"',
  '”': '"',
  '→': '->',
};

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** The same value with every string in it made printable. */
export function printableDeep<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => printableDeep(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [printable(key), printableDeep(inner)]),
  ) as T;
}
