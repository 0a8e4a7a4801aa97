import type { Finding, FollowerClass, FollowerTarget } from '../../workflows/contract/plan.js';
import { REFUSED_CLASSES, type Classified } from '../classify.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import { blockOn } from './finding.js';
import { layoutFindings } from './layout-findings.js';
import { bytesNeeded } from './room.js';

const REFUSED_BECAUSE: Partial<Record<FollowerClass, string>> = {
  unreadable: 'what would be lost in its data directory cannot be told',
  down: "it is this leader's follower, but its server is stopped",
  repairable: "it is this leader's follower, but does not follow as it should",
  'standby-of-other': 'it follows another leader',
  subscriber: 'it receives data by logical replication',
  diverged: 'it was this leader, or a copy of it, and has a history of its own since',
  'leader-like': 'others replicate from it',
  foreign: 'it has data of its own',
};

/** What stands against replacing, or following with, this follower. */
export function followerFindings(
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  target: FollowerTarget,
  classified: Classified,
): Finding[] {
  const host = target.name;
  const block = blockOn(host);
  if (classified.class === 'healthy') return [];
  const refused = REFUSED_CLASSES[classified.class];
  if (refused !== undefined)
    return [
      block(refused, REFUSED_BECAUSE[classified.class] ?? 'it cannot be replaced', {
        detail: classified.reasons.join('; '),
      }),
    ];
  const found: Finding[] = [];
  if (Number(facts.listing.version) !== leader.server.majorVersion)
    found.push(
      block(
        'VERSION_MISMATCH',
        `it has PostgreSQL ${facts.listing.version}, the leader ${String(leader.server.majorVersion)}`,
      ),
    );
  if (target.clientAddress === '')
    found.push(
      block('CLIENT_ADDRESS_DIFFERS', 'no route to the leader tells its source address', {
        hint: "Set the follower's `address:`.",
      }),
    );
  if (classified.class === 'copied') return found;
  found.push(...layoutFindings(facts, block));
  if (facts.server !== undefined && facts.server.clientSessions > 0)
    found.push({
      ...block('FOLLOWER_IN_USE', `clients are connected to it: ${String(facts.server.clientSessions)}`, {
        hint: 'Disconnect them first; `pg_stat_activity` there lists them.',
      }),
      severity: 'warning', // the gate before the swap asks, and shows who is connected then
    });
  const needed = bytesNeeded(leader.server.databaseBytes, facts.files.fileSystemBytes);
  if (facts.files.freeBytes < needed && classified.class !== 'partial')
    found.push(
      block(
        'NO_ROOM_SIDE_BY_SIDE',
        `its file system ${facts.files.mountPoint} has ${formatBytes(facts.files.freeBytes)} free, the copy needs ${formatBytes(needed)}`,
        {
          detail: `${formatBytes(leader.server.databaseBytes)} of data, 5 % for what is written meanwhile, and a reserve.`,
        },
      ),
    );
  return found;
}
