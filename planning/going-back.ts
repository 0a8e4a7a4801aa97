import type { FollowerClass, FollowerTarget, LeaderTarget } from '../workflows/contract/plan.js';
import { STATE_DIRECTORY } from './commands/script.js';
import { listed } from './shorten.js';

/** Classes of a follower whose old server was a standby itself. */
const STANDBYS: readonly FollowerClass[] = ['standby-of-other', 'repairable', 'down'];

/** What somebody who replaces this follower's data can have back later, and what not. */
export function followerGoingBack(target: FollowerTarget): string[] {
  const { location, replacedDirectory, slotName } = target;
  const slot = `Who gives the follower up drops its slot ${slotName} on the leader; until then it retains WAL.`;
  if (!target.hasOldDirectory)
    return [`There is no old data: to go back, stop the server and remove ${location.dataDirectory}.`, slot];
  return [
    `Until somebody removes it, the old data lies in ${replacedDirectory}: stop the server, rename both directories, start it.`,
    ...linkedGoingBack(target),
    'It is the data of the moment of the swap. Once it is removed, nothing brings it back.',
    'Once this follower was promoted, going back loses what was written to it since.',
    ...(STANDBYS.includes(target.class)
      ? ['It was a standby and comes back as data only: its slot and the WAL it needs may be gone by then.']
      : []),
    slot,
  ];
}

/** Who goes back by hand has to know what else was moved. */
const linkedGoingBack = ({ oldLinked = [], replacedDirectory }: FollowerTarget): string[] =>
  oldLinked.length === 0
    ? []
    : [
        `Likewise what lay outside of it (${listed(oldLinked.map(({ path }) => path))}), and the links in ${replacedDirectory}, which lead to where it was moved.`,
      ];

/** The same for the leader. `steps`: what is changed there. */
export function leaderGoingBack(target: LeaderTarget, steps: ReadonlySet<string>): string[] {
  const file = target.settingsFile;
  const settings = file === undefined ? 'reset them by ALTER SYSTEM RESET' : `remove ${file}`;
  const restarts = target.settings.some(({ restart }) => restart);
  return [
    ...(steps.has('restartLeader')
      ? ['The restart cannot be taken back: the connections it ends are lost.']
      : []),
    ...(steps.has('ensureLeaderSettings')
      ? [`The settings stay after the run: ${settings}, then ${restarts ? 'restart once more' : 'reload'}.`]
      : []),
    ...(steps.has('ensureLeaderHbaRule')
      ? [
          `pg_hba.conf as it was lies in ${STATE_DIRECTORY}/backup on the leader, under the follower's operation.`,
        ]
      : []),
    ...(steps.size > 0
      ? ['A run that ends before its first swap takes back role, line and settings by itself.']
      : []),
  ];
}
