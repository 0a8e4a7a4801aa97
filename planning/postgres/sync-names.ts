/** synchronous_standby_names, taken apart. */
export interface SyncStandbys {
  /** Of a quorum all that are named count alike; else the first in the list that are connected are the synchronous ones. */
  quorum: boolean;
  /** How many must confirm a commit; 0: commits wait for nobody. */
  count: number;
  names: string[];
}

/**
 * Any of its forms: `a, b`, `2 (a, b)`, `FIRST 2 (a, b)`, `ANY 2 (a, b)`. A quoted name may hold anything, `""`
 * stands for one quote.
 */
export function parseSyncStandbys(setting: string): SyncStandbys {
  const [, method = 'first', count = '1', list = setting] =
    /^\s*(?:(first|any)\s+)?(\d+)\s*\((.*)\)\s*$/is.exec(setting) ?? [];
  const names = [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([bare, quoted]) =>
    quoted === undefined ? bare : quoted.replaceAll('""', '"'),
  );
  return {
    quorum: method.toLowerCase() === 'any',
    count: names.length === 0 ? 0 : Number(count),
    names,
  };
}

/** Place of a standby of this application_name in the list, from 0; -1: it never is synchronous. Case does not matter, `*` is everybody. */
export const syncPlace = ({ names }: SyncStandbys, applicationName: string): number =>
  names.findIndex((name) => name === '*' || name.toLowerCase() === applicationName.toLowerCase());
