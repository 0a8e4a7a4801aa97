import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { listed } from '../shorten.js';
import { blockOn, finding } from './finding.js';

/** What the copy takes over from the leader's data, and what this version cannot copy. */
export function leaderDataFindings(facts: ClusterFacts, server: ServerFacts, host: string): Finding[] {
  const block = blockOn(host);
  const found: Finding[] = [];
  if (server.tablespaces.length > 0)
    found.push(
      block('TABLESPACES', `it has tablespaces: ${listed(server.tablespaces.map(({ name }) => name))}`, {
        hint: 'This version does not copy clusters with tablespaces.',
      }),
    );
  if (facts.files.links.some(({ link }) => link === 'pg_wal'))
    found.push(
      block('PG_WAL_LINKED', 'its pg_wal is a link', {
        hint: 'This version does not handle a linked pg_wal.',
      }),
    );
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
