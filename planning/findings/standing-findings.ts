import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding } from '../../workflows/contract/plan.js';
import type { ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import { finding } from './finding.js';

/**
 * What is wrong with the leader of followers that all stream already. It keeps nobody from anything, so a
 * blocker counts as a warning; `runbook doctor` and `runbook plan` show it all the same. No run comes that
 * would set a missing bound, so one that the configuration names is missing, too.
 */
export function standingFindings(config: RunConfig, server: ServerFacts, found: Finding[]): Finding[] {
  const { slotWalLimitBytes, acceptUnboundedSlot } = config.replication;
  const standing = found.map((one): Finding =>
    one.severity === 'blocker' ? { ...one, severity: 'warning' } : one,
  );
  const unbounded = server.settings.max_slot_wal_keep_size?.setting === '-1';
  if (!unbounded || acceptUnboundedSlot || standing.some(({ code }) => code === 'SLOT_UNBOUNDED'))
    return standing;
  const bound =
    slotWalLimitBytes === undefined ? '' : ` (the configuration says ${formatBytes(slotWalLimitBytes)})`;
  return [
    ...standing,
    finding('warning', 'SLOT_UNBOUNDED', config.leader.name, `max_slot_wal_keep_size is unlimited${bound}`, {
      detail: "A follower that stays away would fill the leader's disk with WAL.",
      hint: 'Set it there with ALTER SYSTEM and pg_reload_conf(): nothing else is to be done, so no run comes to do it.',
    }),
  ];
}
