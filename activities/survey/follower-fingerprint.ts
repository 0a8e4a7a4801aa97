import { fingerprintVariables } from '../../planning/commands/fingerprint.js';
import type { FollowerTarget, LeaderTarget } from '../../workflows/contract/target.js';

/** What the survey's and the swap's script make the fingerprint of, besides what they see themselves. */
export const followerFingerprint = (leader: LeaderTarget, target: FollowerTarget): Record<string, string> =>
  fingerprintVariables({
    dataDirectory: target.location.dataDirectory,
    binDirectory: target.location.binDirectory,
    leader: leader.identity,
    class: target.class,
    mode: target.remedy === 'copy' ? target.mode : target.remedy,
  });
