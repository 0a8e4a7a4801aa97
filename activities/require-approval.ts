import { followerGateKind, gateIdOf, type Decision } from '../workflows/contract/gates.js';
import type { FollowerTarget } from '../workflows/contract/target.js';
import { stepFailure } from './failures.js';

/**
 * The last look before a step that takes something out of service: the decision that came with it approves
 * this very fingerprint, operation and epoch. The workflow has checked the same; two locks, two keys.
 */
export function requireWipeApproval(approvals: readonly Decision[], follower: FollowerTarget): Decision {
  return requireOwnApproval(approvals, follower, gateIdOf('wipe-follower', follower.name), 'the swap');
}

/** The same for a swap that has a gate of its own. */
export const requireSwapApproval = (approvals: readonly Decision[], follower: FollowerTarget): Decision =>
  requireOwnApproval(approvals, follower, gateIdOf('swap-follower', follower.name), 'the swap');

/** The same before a follower is started or repaired on the data it has. */
export function requireRepairApproval(approvals: readonly Decision[], follower: FollowerTarget): Decision {
  const gateId = gateIdOf('repair-follower', follower.name);
  return requireOwnApproval(approvals, follower, gateId, `the ${follower.remedy}`);
}

/** The same before replaced data is put back, or goes for good. */
export function requireReversalApproval(approvals: readonly Decision[], follower: FollowerTarget): Decision {
  const gateId = gateIdOf(followerGateKind(follower.remedy), follower.name);
  return requireOwnApproval(approvals, follower, gateId, `the ${follower.remedy}`);
}

function requireOwnApproval(
  approvals: readonly Decision[],
  follower: FollowerTarget,
  gateId: string,
  what: string,
): Decision {
  const found = approvals.find(
    (decision) =>
      decision.gateId === gateId &&
      decision.verdict === 'approved' &&
      decision.fingerprint === follower.fingerprint &&
      decision.op === follower.op.id &&
      decision.epoch === follower.op.epoch,
  );
  if (found !== undefined) return found;
  throw stepFailure('INTERNAL', follower.name, `no approval stands behind ${what}, so nothing was touched`, {
    detail: `gate ${gateId}, fingerprint ${follower.fingerprint.slice(0, 12)}, operation ${follower.op.id}, epoch ${String(follower.op.epoch)}`,
  });
}

export function requireLeaderApproval(approvals: readonly Decision[], leader: string): Decision {
  const gateId = gateIdOf('change-leader');
  const found = approvals.find((decision) => decision.gateId === gateId && decision.verdict === 'approved');
  if (found !== undefined) return found;
  throw stepFailure('INTERNAL', leader, 'no approval stands behind the restart, so nothing was touched');
}
