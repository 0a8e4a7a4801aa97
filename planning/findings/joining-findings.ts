import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerTarget, LeaderTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts, ServerFacts, WalSenderFacts } from '../facts.js';
import { parseAddress } from '../postgres/address.js';
import { firstMatch, isRunbookLine, parseHba } from '../postgres/hba.js';
import { parseSyncStandbys, syncPlace, type SyncStandbys } from '../postgres/sync-names.js';
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
  const wanted = parseSyncStandbys(setting);
  if (wanted.count === 0) return [];
  const tell = (severity: Finding['severity'], message: string, detail: string, hint?: string): Finding =>
    finding(severity, 'SYNC_STANDBY_NAMES', target.name, message, {
      detail: `synchronous_standby_names is ${setting}. ${detail}`,
      ...(hint === undefined ? {} : { hint }),
    });
  const copies = followers.filter(({ remedy }) => remedy === 'copy');
  // A copy of ours that is under way, as when the plan is made anew, serves nobody.
  const standbys = server.standbys.filter(
    ({ applicationName }) => !copies.some((copy) => copyApplicationName(copy) === applicationName),
  );
  const serving = standbys.filter(({ syncState }) => syncState === 'sync' || syncState === 'quorum').length;
  if (serving >= wanted.count && copies.some((copy) => mayTakeOver(wanted, standbys, copy)))
    return [
      tell(
        'blocker',
        `commits on it may come to wait for the copy of ${listed(copies.map(({ name }) => name))}`,
        'The copy would be a synchronous standby beside those that are connected; it confirms seldom, and commits would hang meanwhile.',
        'Name the synchronous standbys there one by one instead of `*`, reload, then `runbook resume`.',
      ),
    ];
  const candidates = followers.filter(({ applicationName }) => syncPlace(wanted, applicationName) >= 0);
  return [
    ...(serving < wanted.count
      ? [
          tell(
            'warning',
            serving === 0
              ? 'no synchronous standby is connected, so commits on it wait'
              : `only ${String(serving)} of ${String(wanted.count)} synchronous standbys are connected, so commits on it wait`,
            'The statements of the runbook do not wait.',
          ),
        ]
      : []),
    ...(candidates.length > 0
      ? [
          tell(
            'warning',
            `commits on it may come to wait for ${listed(candidates.map(({ name }) => name))}`,
            'From its start on it may be chosen as a synchronous standby.',
          ),
        ]
      : []),
  ];
}

/**
 * Whether the copy's WAL stream could be chosen before a standby that serves now: of two that `*` means, the
 * server takes whichever has the lower place in its memory. A quorum does not wait for one that is slow.
 */
const mayTakeOver = (
  wanted: SyncStandbys,
  standbys: readonly WalSenderFacts[],
  copy: FollowerTarget,
): boolean => {
  const place = syncPlace(wanted, copyApplicationName(copy));
  return (
    !wanted.quorum &&
    place >= 0 &&
    standbys.some(
      ({ syncState, applicationName }) => syncState === 'sync' && syncPlace(wanted, applicationName) >= place,
    )
  );
};
