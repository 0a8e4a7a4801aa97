/**
 * Quotes a word for /bin/sh. Single quotes keep every byte as it is; a NUL cannot be
 * part of an argument at all and is refused rather than dropped.
 */
export function shellQuote(word: string): string {
  if (word.includes('\0')) throw new Error('a shell word cannot contain NUL');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
