import { formatDuration } from '../planning/format.js';
import type { LeaderLook } from '../planning/copy-watch.js';
import { isBoundByServer } from '../planning/wal-budget.js';
import type { StepInput } from '../workflows/contract/activities.js';
import { stepFailure } from './failures.js';
import { giveUpCopy } from './give-up-copy.js';
import type { StepContext } from './step.js';

/**
 * Asks a person about a copy that does not grow. It is left as it is: it may be about to go on, and nothing of
 * it could be used again. But while the run waits nobody watches the leader; so where PostgreSQL itself does not
 * bound what the slot holds back, the copy is given up first.
 */
export async function askAboutStall(
  input: StepInput,
  context: StepContext,
  stillMs: number,
  leader: LeaderLook | undefined,
): Promise<never> {
  const { name } = input.follower;
  const message = `the copy has not grown for ${formatDuration(stillMs)}, neither as the leader shows it nor on the disk`;
  if (leader === undefined || isBoundByServer(leader.wal))
    throw stepFailure('COPY_STALLED', name, message, {
      detail: `It was left as it is. ${leader === undefined ? 'The leader cannot be asked.' : whatTheLeaderShows(leader)}`,
      hint: 'Look at the network and at the processes of the copy. `runbook resume` attaches to it again, `--abort` ends it.',
    });
  return giveUpCopy(
    input,
    context,
    stepFailure('COPY_STALLED', name, message, {
      detail: `The copy was stopped and removed and its slot dropped, because nothing would keep that from filling the leader's disk while the run waits. ${whatTheLeaderShows(leader)}`,
      hint: 'Look at the network and at both disks. `runbook resume` copies again.',
    }),
  );
}

const whatTheLeaderShows = ({ backup }: LeaderLook): string =>
  backup === undefined ? 'The leader sends no backup.' : `The leader's view: ${backup.phase}.`;
