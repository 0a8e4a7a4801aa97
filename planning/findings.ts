import { CODES, type FailureCode } from '../workflows/contract/codes.js';
import type { RunConfig } from '../workflows/contract/config.js';
import type { Finding, FollowerClass, FollowerTarget, LeaderTarget } from '../workflows/contract/plan.js';
import { REFUSED_CLASSES, type Classified } from './classify.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { formatBytes } from './format.js';

const MB = 1024 * 1024;
const GB = 1024 * MB;

type Severity = Finding['severity'];

/** Without a hint of its own a finding has the action of its code. */
function finding(
  severity: Severity,
  code: FailureCode,
  host: string,
  message: string,
  rest: { detail?: string; hint?: string } = {},
): Finding {
  return { severity, code, host, message: `${host}: ${message}`, hint: CODES[code].action, ...rest };
}

/** What stands against a run on the leader's side. `work`: followers that need a copy. */
export function leaderFindings(
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
  work: number,
): Finding[] {
  if (work === 0) return [];
  const host = config.leader.name;
  const block = (
    code: FailureCode,
    message: string,
    rest: { detail?: string; hint?: string } = {},
  ): Finding => finding('blocker', code, host, message, rest);
  const found: Finding[] = [];
  if (server.fileErrors.length > 0)
    found.push(
      block('CONF_FILE_ERRORS', 'its configuration files have errors', {
        detail: server.fileErrors.join('; '),
        hint: 'Correct them, then resume.',
      }),
    );
  if (server.hbaErrors.length > 0)
    found.push(
      block('HBA_FILE_ERRORS', 'its pg_hba.conf has errors', {
        detail: server.hbaErrors.join('; '),
        hint: 'Correct them, then resume.',
      }),
    );
  if (server.tablespaces.length > 0)
    found.push(
      block('TABLESPACES', `it has tablespaces: ${server.tablespaces.join(', ')}`, {
        hint: 'This version does not copy clusters with tablespaces.',
      }),
    );
  if (facts.files.walLinked)
    found.push(
      block('PG_WAL_LINKED', 'its pg_wal is a link', {
        hint: 'This version does not handle a linked pg_wal.',
      }),
    );
  if (target.tls && server.settings.ssl?.setting !== 'on')
    found.push(
      block('TLS_NOT_AVAILABLE', 'ssl is off, and the configuration requires it', {
        hint: 'Turn ssl on, or set `replication.tls: off` and accept that the copy travels in clear text.',
      }),
    );
  found.push(...slotBoundFindings(config, server, block));
  if (target.pendingEdits.length > 0 && target.settings.some(({ restart }) => restart))
    found.push(
      finding(
        'warning',
        'RESTART_NOT_SAFE',
        host,
        `the restart brings up changes somebody else has made: ${target.pendingEdits.join(', ')}`,
        { hint: 'Approve it only if these may take effect too, or take them back first.' },
      ),
    );
  return found;
}

function slotBoundFindings(
  config: RunConfig,
  server: ServerFacts,
  block: (code: FailureCode, message: string, rest?: { detail?: string; hint?: string }) => Finding,
): Finding[] {
  if (server.settings.max_slot_wal_keep_size?.setting !== '-1') return [];
  const { slotWalLimitBytes, acceptUnboundedSlot } = config.replication;
  if (slotWalLimitBytes === undefined)
    return acceptUnboundedSlot
      ? []
      : [
          block('SLOT_UNBOUNDED', 'max_slot_wal_keep_size is unlimited', {
            detail: "A follower that stays away would fill the leader's disk with WAL.",
            hint: 'Set `replication.slotWalLimit`, or `replication.acceptUnboundedSlot: true`.',
          }),
        ];
  const endangered = server.slots.filter(({ retainedBytes }) => retainedBytes > slotWalLimitBytes);
  return endangered.length === 0
    ? []
    : [
        block(
          'SLOT_LIMIT_INVALIDATES',
          `a bound of ${formatBytes(slotWalLimitBytes)} would invalidate a slot that retains more`,
          {
            detail: endangered
              .map(({ name, retainedBytes }) => `${name} retains ${formatBytes(retainedBytes)}`)
              .join('; '),
            hint: 'Choose a larger `replication.slotWalLimit`.',
          },
        ),
      ];
}

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
  const block = (
    code: FailureCode,
    message: string,
    rest: { detail?: string; hint?: string } = {},
  ): Finding => finding('blocker', code, host, message, rest);
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
    found.push(
      block('FOLLOWER_IN_USE', `clients are connected to it: ${String(facts.server.clientSessions)}`, {
        hint: 'Disconnect them first; `pg_stat_activity` there lists them.',
      }),
    );
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

function layoutFindings(
  { files }: ClusterFacts,
  block: (code: FailureCode, message: string) => Finding,
): Finding[] {
  const found: Finding[] = [];
  if (files.isLink)
    found.push(block('DATA_DIRECTORY_LINKED', `its data directory is a link to ${files.realPath}`));
  if (files.exists && files.isMount)
    found.push(block('DATA_DIRECTORY_MOUNTED', 'its data directory is a mount point'));
  if (files.mountsBelow.length > 0)
    found.push(block('MOUNT_BELOW', `below its data directory is mounted: ${files.mountsBelow.join(', ')}`));
  if (files.tablespaces.length > 0) found.push(block('TABLESPACES', 'it has tablespaces'));
  if (files.walLinked) found.push(block('PG_WAL_LINKED', 'its pg_wal is a link'));
  return found;
}

/** Room for the copy side by side: the data, 5 % for what is written meanwhile, and max(5 % of the disk, 2 GB) of reserve. */
export const bytesNeeded = (databaseBytes: number, fileSystemBytes: number): number =>
  Math.ceil(databaseBytes * 1.05 + Math.max(fileSystemBytes * 0.05, 2 * GB));
