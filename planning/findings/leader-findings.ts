import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { leaderArchivingFindings } from './leader-archiving-findings.js';
import { leaderDataFindings } from './leader-data-findings.js';
import { leaderSettingsFindings } from './leader-settings-findings.js';
import { leaderSlotsFindings } from './leader-slots-findings.js';
import { leaderWalFindings } from './leader-wal-findings.js';
import { standingFindings } from './standing-findings.js';

/**
 * What stands against a run on the leader's side. `work`: followers something is done for there, with none of them
 * nothing blocks; `copies`: with a copy.
 */
export function leaderFindings(
  config: RunConfig,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
  work: number,
  copies = work,
): Finding[] {
  const host = config.leader.name;
  const found = [
    ...leaderSettingsFindings(facts, server, target),
    ...(copies > 0 || work === 0 ? leaderDataFindings(facts, server, host) : []),
    ...leaderWalFindings(config, facts, server, target),
    ...leaderSlotsFindings(config, server, target, { work, copies }),
    ...leaderArchivingFindings(server, host),
  ];
  return work === 0 ? standingFindings(config, server, found) : found;
}
