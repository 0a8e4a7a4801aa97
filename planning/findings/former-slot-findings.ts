import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerLook } from '../follower-look.js';
import { formatBytes } from '../format.js';
import { slotPrefix } from '../postgres/names.js';
import { finding } from './finding.js';
import type { Leader } from './joining-findings.js';

/**
 * Slots of earlier copies of this follower. Nothing uses them once the new copy is in place, and then they hold
 * WAL back without an end. They are not dropped here: until the swap the old server may still need its own.
 */
export function formerSlotFindings({ server, target: leader }: Leader, { target }: FollowerLook): Finding[] {
  if (target.remedy !== 'copy') return [];
  const prefix = slotPrefix(target.name);
  return server.slots
    .filter(({ name }) => name !== target.slotName && name.startsWith(prefix))
    .filter(({ name }) => /^[0-9a-f]{6}$/.test(name.slice(prefix.length)))
    .map(({ name, retainedBytes }) =>
      finding(
        'warning',
        'FORMER_SLOT_STAYS',
        target.name,
        `slot ${name} on ${leader.name} is of an earlier copy, and nothing will use it any more`,
        {
          detail: `It holds back ${formatBytes(retainedBytes)} of WAL now.`,
          hint: `When ${target.name} replicates, on ${leader.name}: SELECT pg_drop_replication_slot('${name}').`,
        },
      ),
    );
}
