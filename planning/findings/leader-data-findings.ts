import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts, TablespaceFacts } from '../facts.js';
import { isInPlace } from '../linked-directories.js';
import { listed } from '../shorten.js';
import { finding } from './finding.js';

/** What the copy takes over from the leader's data, and what cannot be copied. */
export function leaderDataFindings(facts: ClusterFacts, server: ServerFacts, host: string): Finding[] {
  const found = tablespaceFindings(facts, server, host);
  found.push(...collationFindings(server, host));
  if (server.preparedTransactions > 0)
    found.push(
      finding(
        'info',
        'PREPARED_TRANSACTIONS',
        host,
        `prepared transactions are open: ${String(server.preparedTransactions)}; the follower holds their locks too`,
      ),
    );
  return found;
}

/** A path with a line break would be two in our records. */
const isUsable = (one: TablespaceFacts, { listing, files }: ClusterFacts): boolean =>
  !isInPlace(one) &&
  !one.location.includes('\n') &&
  ![listing.dataDirectory, files.realPath].some((directory) => one.location.startsWith(`${directory}/`));

function tablespaceFindings(facts: ClusterFacts, { tablespaces }: ServerFacts, host: string): Finding[] {
  const unusable = tablespaces.filter((one) => !isUsable(one, facts));
  const shown = (some: TablespaceFacts[]): string =>
    listed(some.map(({ name, location }) => `${name} at ${location}`));
  return [
    ...(tablespaces.length === 0
      ? []
      : [finding('info', 'TABLESPACES', host, `it has tablespaces: ${shown(tablespaces)}`)]),
    ...(unusable.length === 0
      ? []
      : [
          finding('blocker', 'TABLESPACE_UNUSABLE', host, `tablespaces cannot be copied: ${shown(unusable)}`),
        ]),
  ];
}

/** The leader's own libraries have changed under its indexes. */
function collationFindings({ databaseLocales }: ServerFacts, host: string): Finding[] {
  const changed = databaseLocales.filter(
    ({ version, actualVersion }) => version !== null && actualVersion !== null && version !== actualVersion,
  );
  if (changed.length === 0) return [];
  return [
    finding(
      'warning',
      'COLLATION_VERSION_MISMATCH',
      host,
      'databases were made with another version of their collation; indexes on text may be wrong, and are copied so',
      {
        detail: listed(
          changed.map(
            ({ database, version, actualVersion }) =>
              `${database}: made with ${version ?? ''}, now ${actualVersion ?? ''}`,
          ),
          '; ',
        ),
      },
    ),
  ];
}
