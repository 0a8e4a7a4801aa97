import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding, LeaderTarget } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import { blockOn, finding, type Block } from './finding.js';

/** What stands against a run on the leader's side. `work`: followers something is done for there; `copies`: with a copy. */
export function leaderFindings(
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
  work: number,
  copies = work,
): Finding[] {
  if (work === 0) return [];
  const host = config.leader.name;
  const block = blockOn(host);
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
  if (copies > 0 && server.tablespaces.length > 0)
    found.push(
      block('TABLESPACES', `it has tablespaces: ${server.tablespaces.join(', ')}`, {
        hint: 'This version does not copy clusters with tablespaces.',
      }),
    );
  if (copies > 0 && facts.files.walLinked)
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

function slotBoundFindings(config: RunConfig, server: ServerFacts, block: Block): Finding[] {
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
