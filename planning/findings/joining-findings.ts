import type { Finding, FollowerTarget, LeaderTarget } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { parseAddress } from '../postgres/address.js';
import { firstMatch, isRunbookLine, parseHba } from '../postgres/hba.js';
import { isSyncCandidate, syncStandbyNames } from '../postgres/sync-names.js';
import { listed } from '../shorten.js';
import { copyApplicationName } from '../step-commands.js';
import { finding } from './finding.js';

export interface Leader {
  facts: ClusterFacts;
  server: ServerFacts;
  target: LeaderTarget;
}

/** What it means to the leader that these followers join it; one finding for all of them. */
export const joiningFindings = (leader: Leader, followers: readonly FollowerTarget[]): Finding[] =>
  followers.length === 0 ? [] : [...rulesAbove(leader, followers), ...syncFindings(leader, followers)];

/** Which rule decides today. Ours goes before it; the operator shall know that the other was there. */
function rulesAbove({ facts, server, target }: Leader, followers: readonly FollowerTarget[]): Finding[] {
  const { hbaText } = facts.files;
  const lines = parseHba(hbaText, server.majorVersion);
  const decided = new Map<string, string[]>();
  for (const { name, role, clientAddress } of followers) {
    if (parseAddress(clientAddress) === undefined) continue;
    const rule = firstMatch(lines, {
      ssl: target.tls,
      database: 'replication',
      role,
      address: clientAddress,
    });
    if (rule === undefined) continue;
    if (rule !== 'unknown-before' && isRunbookLine(hbaText, rule, name)) continue;
    const by =
      rule === 'unknown-before'
        ? 'a line that only the server can read'
        : `line ${String(rule.line)} (${rule.rule?.method ?? 'unreadable'})`;
    decided.set(by, [...(decided.get(by) ?? []), name]);
  }
  return [...decided].map(([by, names]) =>
    finding(
      'info',
      'HBA_RULE_ABOVE',
      target.name,
      `in its pg_hba.conf ${by} decides about ${listed(names)} now; our line is placed before it`,
    ),
  );
}

function syncFindings({ server, target }: Leader, followers: readonly FollowerTarget[]): Finding[] {
  const setting = server.settings.synchronous_standby_names?.setting ?? '';
  if (syncStandbyNames(setting).length === 0) return [];
  const warn = (message: string, detail: string): Finding =>
    finding('warning', 'SYNC_STANDBY_NAMES', target.name, message, {
      detail: `synchronous_standby_names is ${setting}. ${detail}`,
    });
  const found: Finding[] = [];
  const isServed = server.standbys.some(({ syncState }) => syncState === 'sync' || syncState === 'quorum');
  if (!isServed)
    found.push(
      warn(
        'no synchronous standby is connected, so commits on it wait',
        'The statements of the runbook do not wait.',
      ),
    );
  const candidates = followers.filter(({ applicationName }) => isSyncCandidate(setting, applicationName));
  const copies = followers.filter((follower) => isSyncCandidate(setting, copyApplicationName(follower)));
  if (candidates.length > 0)
    found.push(
      warn(
        `commits on it may come to wait for ${listed(candidates.map(({ name }) => name))}`,
        copies.length > 0
          ? 'This holds for the copy already: its WAL stream confirms seldom, and commits wait for it.'
          : 'From its start on it may be chosen as a synchronous standby.',
      ),
    );
  return found;
}
