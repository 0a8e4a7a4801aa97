import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { finding } from './finding.js';

/** Why this host cannot lead at all; without a leader there is nothing to plan. */
export function unusableLeader(name: string, { server }: ClusterFacts): Finding | undefined {
  if (server === undefined)
    return finding('blocker', 'LEADER_DOWN', name, 'PostgreSQL does not run', {
      hint: 'Start it there and find out why it was down.',
    });
  if (server.inRecovery)
    return finding('blocker', 'LEADER_IN_RECOVERY', name, 'the leader is itself a follower (in recovery)', {
      hint: 'Name the real leader in the configuration.',
    });
  return undefined;
}
