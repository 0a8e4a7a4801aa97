import type { GuardInput } from '../planning/commands/guard.js';
import type { Claimant } from '../workflows/contract/activities.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { StepId } from '../workflows/contract/steps.js';

interface Who {
  claimant: Claimant;
  leader: LeaderTarget;
  follower: FollowerTarget;
}

type Step = StepId | 'undoFollower' | 'undoLeader';

/** The follower's operation, on the follower's own host. */
export const followerGuard = ({ claimant, follower }: Who, step: Step, commands: string[]): GuardInput => ({
  dataDirectory: follower.location.dataDirectory,
  op: follower.op,
  side: 'follower',
  claimant,
  journal: { step, commands },
});

/** The follower's operation, on the leader's host: its role, line and slot. */
export const followerGuardOnLeader = (
  { claimant, leader, follower }: Who,
  step: Step,
  commands: string[],
): GuardInput => ({
  dataDirectory: leader.location.dataDirectory,
  op: follower.op,
  side: 'follower',
  claimant,
  journal: { step, commands },
});

/** The leader's own operation: settings and restart. */
export const leaderGuard = (
  { claimant, leader }: Omit<Who, 'follower'>,
  step: Step,
  commands: string[],
): GuardInput => ({
  dataDirectory: leader.location.dataDirectory,
  op: leader.op,
  side: 'leader',
  claimant,
  journal: { step, commands },
});
