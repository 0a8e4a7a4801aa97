import { CancellationScope } from '@temporalio/workflow';
import type { SetUpReplicationInput } from './contract/input.js';
import { REPLACING_STEPS } from './contract/steps.js';
import type { RunState } from './contract/run-state.js';
import { takesStep } from './course.js';
import { gatesPassed } from './gate.js';
import { leaderStepOnce, orCancelled } from './leader.js';
import { whilePlanHolds } from './replan.js';
import { createRun } from './run.js';
import type { Branch, Run } from './run.js';
import { runToEnd } from './run-to-end.js';
import { step } from './step.js';
import { nothingForbids } from './survey.js';
import { copyFollower, swapFollower } from './swap.js';

/**
 * Sets up streaming replication from one leader to its followers.
 *
 *  1. Survey all hosts, read only, and plan.
 *     A blocker parks the follower it is about; one of the leader, the whole run.
 *     Gates open, all at once: `change-leader`, and for each follower `wipe-follower` where its data is
 *     replaced, `repair-follower` where it stays. Nothing on any host changes before its gate is approved.
 *  2. Credentials: a password file on the follower, a role on the leader.
 *  3. The leader's settings (once for all followers).
 *  4. The leader's pg_hba.conf rule for the follower.
 *  5. Restart of the leader, if a setting needs it (once for all followers).
 *  6. Proof, from the follower, that it reaches this very leader.
 *     In place, the gate `swap-follower` where it is needed, then the wipe instead of step 12: the old server is
 *     stopped and its data deleted. The copy can still be given up, but nothing brings the data back.
 *  7. Replication slot,
 *  8. base backup, beside the old data or into the emptied directory,
 *  9. verification of the backup: together, and only so many followers at a time as the config says.
 * 10. Configuration of the new data directory.
 * 11. Rehearsal: the copy's own server streams beside the old one, until the swap.
 *     The gate `swap-follower` opens where the plan's approval does not cover the swap, e.g. clients are connected.
 * 12. Swap of the data directories. From here on nothing is taken back and nothing is cancelled.
 *     In place it is the start that ends it.
 * 13. Start of the follower,
 * 14. proof that it streams,
 * 15. preparation of a later switchover, if wanted,
 * 16. end of the operation on the hosts.
 *
 * A follower that only has to be started takes steps 13, 14 and 16; one that is repaired those of its repair,
 * without 8, 9 and 12, so that all of it can be taken back. The plan says which (its `course`).
 *
 * A step that fails parks its branch until a person answers. A branch that ends before step 12 takes
 * back what it made. The run always completes, with its final state as the result.
 */
export async function setUpReplication(input: SetUpReplicationInput): Promise<RunState> {
  const run = createRun(input);
  return runToEnd(run, (follower, surveyed) => setUpFollower(run, follower, surveyed));
}

async function setUpFollower(
  run: Run,
  follower: Branch,
  surveyed: Promise<void>,
): Promise<'done' | 'nothing-to-do'> {
  await orCancelled(surveyed);
  return whilePlanHolds(run, follower, async () => {
    if (!(await nothingForbids(run, follower))) return 'nothing-to-do';
    await gatesPassed(run, follower);

    await step(run, follower, 'ensureCredentials');
    await leaderStepOnce(run, follower, 'ensureLeaderSettings');
    await step(run, follower, 'ensureLeaderHbaRule');
    await leaderStepOnce(run, follower, 'restartLeader');
    await step(run, follower, 'proveAccess');

    await copyFollower(run, follower);
    await step(run, follower, 'configureFollower');
    await step(run, follower, 'rehearseFollower');

    await swapFollower(run, follower);
    await finishing(run, follower, async () => {
      await step(run, follower, 'startFollower');
      await step(run, follower, 'verifyStreaming');
      await step(run, follower, 'prepareSwitchover');
      await step(run, follower, 'closeOperation');
    });
    return 'done';
  });
}

/** From the swap on a run is finished, whoever cancels it, in place from the start on; a repair has no swap and can be taken back to its end. */
const finishing = (run: Run, follower: Branch, work: () => Promise<void>): Promise<void> =>
  REPLACING_STEPS.some((id) => takesStep(run, follower, id))
    ? CancellationScope.nonCancellable(work)
    : work();
