import { describe, expect, it } from 'vitest';
import {
  requireLeaderApproval,
  requireRepairApproval,
  requireSwapApproval,
  requireWipeApproval,
} from '../../../activities/require-approval.js';
import type { Decision } from '../../../workflows/contract/gates.js';
import type { FollowerTarget } from '../../../workflows/contract/target.js';

const fingerprint = 'ab'.repeat(32);
const follower = {
  name: 'follower1',
  fingerprint,
  op: { id: '0a1b2c3d', epoch: 2, adopted: false },
} as FollowerTarget;
const approval: Decision = {
  gateId: 'wipe-follower/follower1',
  verdict: 'approved',
  by: 'alice',
  at: '2026-01-01T00:00:00Z',
  token: 't',
  fingerprint,
  op: '0a1b2c3d',
  epoch: 2,
};

describe('the approval a step acts upon', () => {
  it('is the one for this fingerprint, operation and epoch', () => {
    expect(requireWipeApproval([approval], follower)).toBe(approval);
  });

  it.each<[string, Partial<Decision>]>([
    ['a rejection', { verdict: 'rejected' }],
    ['an expiry', { verdict: 'expired' }],
    ['another follower', { gateId: 'wipe-follower/follower2' }],
    ['another fingerprint', { fingerprint: 'cd'.repeat(32) }],
    ['another operation', { op: 'ffffffff' }],
    ['an older epoch', { epoch: 1 }],
  ])('is not %s', (_, other) => {
    expect(() => requireWipeApproval([{ ...approval, ...other }], follower)).toThrow('nothing was touched');
  });

  it('is one of its own for a swap that has a gate', () => {
    expect(() => requireSwapApproval([approval], follower)).toThrow('nothing was touched');
    const forSwap: Decision = { ...approval, gateId: 'swap-follower/follower1' };
    expect(requireSwapApproval([approval, forSwap], follower)).toBe(forSwap);
  });

  it('of a start or a repair is one at its own gate', () => {
    const repaired = { ...follower, remedy: 'repair' } as FollowerTarget;
    expect(() => requireRepairApproval([approval], repaired)).toThrow(
      'behind the repair, so nothing was touched',
    );
    const own: Decision = { ...approval, gateId: 'repair-follower/follower1' };
    expect(requireRepairApproval([approval, own], repaired)).toBe(own);
    expect(() => requireWipeApproval([own], follower)).toThrow('nothing was touched');
  });

  it('is needed for the restart of the leader as well', () => {
    expect(() => requireLeaderApproval([approval], 'leader')).toThrow('nothing was touched');
    const forLeader: Decision = { ...approval, gateId: 'change-leader' };
    expect(requireLeaderApproval([approval, forLeader], 'leader')).toBe(forLeader);
  });
});
