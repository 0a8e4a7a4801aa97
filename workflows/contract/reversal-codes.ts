import { ask, type CodeDefinition } from './code-definition.js';

/** Codes of `undo` and `purge`, and of what a replacement leaves behind. */
export const REVERSAL_CODES = {
  NOTHING_TO_UNDO: ask(
    'No replacement of the follower can be taken back: there was none, it was in place or over no data, or what it replaced was put back or purged already.',
    'Nothing. `runbook doctor` names former data that is still kept.',
  ),
  NOTHING_TO_PURGE: ask(
    'No directory that an operation of the runbook has set aside is left on the follower.',
    'Nothing: there is nothing to free.',
  ),
  FOLLOWER_PROMOTED: ask(
    'The follower was promoted, or is on a timeline of its own: it may have been written to. Putting the former data back would lose that.',
    'Nothing is put back by the runbook. If the former data is needed, start it elsewhere or copy from it by hand.',
  ),
  REPLACED_DATA_MISSING: ask(
    'A directory that the operation set aside is not there any more, or another one lies under its name.',
    'Find out who moved or removed it. Without all of them nothing can be put back.',
  ),
  UNDO_UNEXPECTED: ask(
    "The follower's directories are not as the operation left them, so nothing was moved.",
    'Look at the directories that the message names: somebody else has moved or replaced one.',
  ),
  FORMER_START_FAILED: ask(
    'The former data is back in its place, but its server did not come up on it, or another server answers.',
    'Look at its log and correct what it says; then `runbook resume` starts it again.',
  ),
  PURGE_UNSAFE: ask(
    'A directory that was set aside is in use: the live data lies in it, something is mounted below it, or a process works there. It was not touched.',
    'See what the message names, and end that first.',
  ),
  REVERSAL_UNFINISHED: ask(
    'An undo or a purge of this follower has begun and has not ended. Nothing else may be done to its data before.',
    'Run the same command again, `runbook undo` or `runbook purge`: it goes on where it was cut off.',
  ),
  REPLACED_DATA_KEPT: ask(
    'Data that a run replaced, or a copy that an undo moved aside, still takes room on the follower.',
    '`runbook purge` frees it when nobody needs it any more; until then `runbook undo` can put replaced data back.',
  ),
} as const satisfies Record<string, CodeDefinition>;
