/** Where `npm run matrix` cancels a run: right before the first thing that a step changes. */
export const CANCEL_POINTS: readonly { before: string; finishes: boolean }[] = [
  { before: 'ensureCredentials/follower1#1', finishes: false },
  { before: 'ensureLeaderSettings/leader#1', finishes: false },
  { before: 'ensureLeaderHbaRule/follower1#1', finishes: false },
  { before: 'restartLeader/leader#1', finishes: false },
  { before: 'ensureSlot/follower1#1', finishes: false },
  { before: 'takeBaseBackup/follower1#1', finishes: false },
  { before: 'configureFollower/follower1#1', finishes: false },
  { before: 'rehearseFollower/follower1#1', finishes: false },
  { before: 'swapDataDirectory/follower1#1', finishes: true },
  { before: 'startFollower/follower1#1', finishes: true },
];
