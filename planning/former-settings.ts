/**
 * Values as they were before ALTER SYSTEM, for the line `madeAlterSystem` of an operation record: `name=value`
 * words, percent-encoded, because values such as lists of addresses hold blanks. Empty value: it was not set there.
 */
export const renderFormerSettings = (former: Record<string, string>): string =>
  Object.entries(former)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join(' ');

export const parseFormerSettings = (line: string): Record<string, string> =>
  Object.fromEntries(
    line
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => {
        const at = word.indexOf('=');
        return [word.slice(0, at), decodeURIComponent(word.slice(at + 1))];
      }),
  );
