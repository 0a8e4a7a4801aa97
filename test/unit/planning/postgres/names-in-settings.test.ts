import { describe, expect, it } from 'vitest';
import { isVersionedLocale, missingLocales } from '../../../../planning/postgres/locale-name.js';
import { preloadLibraries } from '../../../../planning/postgres/preload-libraries.js';
import { parseSyncStandbys, syncPlace } from '../../../../planning/postgres/sync-names.js';

describe('synchronous_standby_names', () => {
  it.each<[string, boolean, number, string[]]>([
    ['', false, 0, []],
    ['   ', false, 0, []],
    ['a', false, 1, ['a']],
    ['a,b , c', false, 1, ['a', 'b', 'c']],
    ['2 (a, b)', false, 2, ['a', 'b']],
    [' first 1(a,b) ', false, 1, ['a', 'b']],
    ['ANY 2 ( * )', true, 2, ['*']],
    ['"a, b", "say ""so"""', false, 1, ['a, b', 'say "so"']],
    ['FIRST 1 ("x (y)", z)', false, 1, ['x (y)', 'z']],
    ['first_one', false, 1, ['first_one']],
  ])('%j', (setting, quorum, count, names) => {
    expect(parseSyncStandbys(setting)).toEqual({ quorum, count, names });
  });

  it('gives a standby its place, without regard to case', () => {
    const place = (setting: string, name: string): number => syncPlace(parseSyncStandbys(setting), name);
    expect(place('a, "Follower1"', 'follower1')).toBe(1);
    expect(place('follower', 'follower1')).toBe(-1);
    expect(place('a, *', 'anybody')).toBe(1);
  });
});

describe('a locale', () => {
  it.each([
    ['en_US.UTF-8', ['en_US.utf8'], []],
    ['de_DE.ISO-8859-15@euro', ['de_DE.iso885915@euro'], []],
    ['de_DE.8859-1', ['de_DE.iso88591'], []],
    ['en_US', ['en_US.utf8'], ['en_US']],
    ['en_US.UTF-8', ['en_US.iso88591', 'de_DE.utf8'], ['en_US.UTF-8']],
    ['de_DE.UTF-8', ['de_DE.utf8@euro'], ['de_DE.UTF-8']],
    ['C', [], []],
    ['POSIX', [], []],
    ['C.UTF-8', ['C.utf8'], []],
  ])('%s among %j', (wanted, available, missing) => {
    expect(missingLocales([wanted, wanted], available)).toEqual(missing);
  });

  it('has a version unless it sorts by bytes or code points', () => {
    expect(['C', 'POSIX', 'C.UTF-8', 'c.utf8'].map(isVersionedLocale)).toEqual([false, false, false, false]);
    expect(['en_US.UTF-8', 'cs_CZ', 'Cy'].map(isVersionedLocale)).toEqual([true, true, true]);
  });
});

describe('shared_preload_libraries', () => {
  it.each([
    ['', []],
    ['pg_stat_statements', ['pg_stat_statements']],
    [' a , "b c",$libdir/d.so ', ['a', 'b c', 'd']],
    ['/opt/x.so, plugins/y, z', ['z']],
  ])('%j', (setting, names) => {
    expect(preloadLibraries(setting)).toEqual(names);
  });
});
