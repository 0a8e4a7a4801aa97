import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import type { FollowerLook } from '../follower-look.js';
import { isVersionedLocale, missingLocales } from '../postgres/locale-name.js';
import { listed } from '../shorten.js';
import { finding } from './finding.js';

/** Whether the follower's operating system knows the leader's locales, and sorts as the leader's does. */
export const pairLocaleFindings = (
  leader: ClusterFacts,
  server: ServerFacts,
  look: FollowerLook,
): Finding[] => [
  ...locales(server, look, look.target.name),
  ...collations(leader, server, look, look.target.name),
];

/** A server reads the locales of a database at each connection, for whatever provider. */
function locales({ databaseLocales }: ServerFacts, { facts }: FollowerLook, host: string): Finding[] {
  const available = facts.host.locales;
  if (available.length === 0) return [];
  const missing = missingLocales(
    databaseLocales.flatMap(({ collate, ctype }) => [collate, ctype]),
    available,
  );
  if (missing.length === 0) return [];
  const databases = databaseLocales.filter(
    ({ collate, ctype }) => missing.includes(collate) || missing.includes(ctype),
  );
  return [
    finding('blocker', 'LOCALE_MISSING', host, `it does not have the locale ${listed(missing)}`, {
      detail: `Databases of the leader that use it: ${listed(databases.map(({ database }) => database))}.`,
    }),
  ];
}

/** Copied indexes keep the order of the leader's libraries; the follower's own may have another. */
function collations(
  leader: ClusterFacts,
  server: ServerFacts,
  { facts }: FollowerLook,
  host: string,
): Finding[] {
  const libraries = [
    {
      name: 'glibc',
      ours: facts.host.glibcVersion,
      theirs: leader.host.glibcVersion,
      affects: ({ provider, collate }: { provider: string; collate: string }): boolean =>
        provider === 'c' && isVersionedLocale(collate),
    },
    {
      name: "ICU's collation",
      ours: facts.server?.icuCollationVersion ?? '',
      theirs: server.icuCollationVersion ?? '',
      affects: ({ provider }: { provider: string }): boolean => provider === 'i',
    },
  ];
  return libraries.flatMap(({ name, ours, theirs, affects }) => {
    const databases = server.databaseLocales.filter(affects).map(({ database }) => database);
    return ours === '' || theirs === '' || ours === theirs || databases.length === 0
      ? []
      : [
          finding(
            'warning',
            'COLLATION_DIFFERS',
            host,
            `${name} is ${ours} here and ${theirs} on the leader: indexes on text may be wrong on this host`,
            { detail: `Databases that sort by it: ${listed(databases)}.` },
          ),
        ];
  });
}
