import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { finding } from './finding.js';

/** Two followers of the configuration that are one and the same cluster; each would replace the other. */
export function followerTwice(followers: ClusterFacts[]): Finding[] {
  return followers.flatMap((facts, index) => {
    const first = followers.slice(0, index).find((other) => isSame(other, facts));
    return first === undefined
      ? []
      : [
          finding(
            'blocker',
            'FOLLOWER_TWICE',
            facts.host.name,
            `it is the same cluster as ${first.host.name}`,
            {
              detail: `machine-id ${facts.host.machineId}, host name ${facts.host.hostname}, ${facts.files.realPath}`,
            },
          ),
        ];
  });
}

const isSame = (one: ClusterFacts, other: ClusterFacts): boolean =>
  one.host.machineId === other.host.machineId && one.files.realPath === other.files.realPath;
