import type { Finding } from '../workflows/contract/plan.js';
import type { FollowerTarget } from '../workflows/contract/target.js';
import type { Classified } from './classify.js';
import type { ClusterFacts } from './facts.js';

/** What a survey found a follower to be; its plan is made of it. */
export interface FollowerLook {
  facts: ClusterFacts;
  target: FollowerTarget;
  classified: Classified;
  findings: Finding[];
}
