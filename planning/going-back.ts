import type { FollowerClass, FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import { STATE_DIRECTORY } from './commands/script.js';
import { listed } from './shorten.js';

/** Classes of a follower whose old server was a standby itself. */
const STANDBYS: readonly FollowerClass[] = ['standby-of-other', 'repairable', 'down'];

/** What somebody who replaces this follower's data can have back later, and what not. */
export function followerGoingBack(target: FollowerTarget): string[] {
  const { location, replacedDirectory, slotName } = target;
  const slot = `Who gives the follower up drops its slot ${slotName} on the leader; until then it retains WAL.`;
  if (target.mode === 'in-place')
    return [
      'Nothing brings the old data back: it is deleted before the copy, and a copy that fails leaves an empty directory.',
      `From then on until the follower starts, ${location.configDirectory}/start.conf says disabled, so that nothing else can start it.`,
      slot,
    ];
  if (!target.hasOldDirectory)
    return [`There is no old data: to go back, stop the server and remove ${location.dataDirectory}.`, slot];
  return [
    `Until \`runbook purge\` deletes it, the old data lies in ${replacedDirectory}; \`runbook undo\` puts it back.`,
    ...linkedGoingBack(target),
    'It is the data of the moment of the swap. Once it is deleted, nothing brings it back.',
    'Once this follower was promoted, the undo is refused: it would lose what was written to it since.',
    ...(STANDBYS.includes(target.class)
      ? ['It was a standby and comes back as data only: its slot and the WAL it needs may be gone by then.']
      : []),
    slot,
  ];
}

/** Who looks for it has to know what else was moved. */
const linkedGoingBack = ({ oldLinked = [], replacedDirectory }: FollowerTarget): string[] =>
  oldLinked.length === 0
    ? []
    : [
        `With it what lay outside of it: ${listed(oldLinked.map(({ path }) => path))}; the links in ${replacedDirectory} lead to where that was moved.`,
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

/** What an undo and a purge cannot do. */
export function reversalGoingBack({ remedy, reversal, name }: FollowerTarget): string[] {
  if (reversal === undefined) return [];
  if (remedy === 'purge')
    return ['What is deleted is gone: nothing brings it back, and no undo is possible any more.'];
  return [
    `What comes back is the data of the moment of the swap; ${name} does not follow the leader any more.`,
    "The leader's settings stay, and its restart cannot be taken back.",
    'A former standby comes back as data only: its slot and the WAL it needs may be gone.',
    'After it the copy can be put in place again by a new run only.',
  ];
}
