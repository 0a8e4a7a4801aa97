/** Always there, whatever `locale -a` says. */
const BUILT_IN = ['C', 'POSIX'];

/**
 * `en_US.UTF-8` and `en_US.utf8` are one locale: the C library compares codesets by their letters and
 * digits alone, without case, and a codeset of digits only is one of ISO's.
 */
function normalised(name: string): string {
  const [, language = '', codeset, modifier = ''] = /^([^.@]*)(?:\.([^@]*))?(@.*)?$/.exec(name) ?? [];
  if (codeset === undefined) return name;
  const plain = codeset.toLowerCase().replace(/[^a-z0-9]/g, '');
  return `${language}.${/^\d+$/.test(plain) ? 'iso' : ''}${plain}${modifier}`;
}

/** Which of the wanted locales a host does not have. `available`: `locale -a`. */
export function missingLocales(wanted: readonly string[], available: readonly string[]): string[] {
  const there = new Set([...BUILT_IN, ...available].map(normalised));
  return [...new Set(wanted)].filter((name) => !there.has(normalised(name)));
}

/** Whether the C library sorts by it in a way that changes with the library's version. PostgreSQL's own rule. */
export const isVersionedLocale = (name: string): boolean =>
  !BUILT_IN.includes(name.toUpperCase()) && !/^C\./i.test(name);
