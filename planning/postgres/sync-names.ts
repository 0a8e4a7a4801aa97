/**
 * The names in synchronous_standby_names, in any of its forms: `a, b`, `2 (a, b)`, `FIRST 2 (a, b)`,
 * `ANY 2 (a, b)`. A quoted name may hold anything, `""` stands for one quote.
 */
export function syncStandbyNames(setting: string): string[] {
  const list = /^\s*(?:(?:first|any)\s+)?\d+\s*\((.*)\)\s*$/is.exec(setting)?.[1] ?? setting;
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([bare, quoted]) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  );
}

/** Whether a standby of this application_name may become synchronous: case does not matter, `*` is everybody. */
export const isSyncCandidate = (setting: string, applicationName: string): boolean =>
  syncStandbyNames(setting).some(
    (name) => name === '*' || name.toLowerCase() === applicationName.toLowerCase(),
  );
