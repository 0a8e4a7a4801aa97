import { swapScript } from '../../planning/commands/swap.js';
import { swapCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { swapIsAsked } from '../../workflows/contract/gates.js';
import { followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import { StepFailure } from '../failures.js';
import { mayBegin } from '../may-begin.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { outdated } from '../outdated.js';
import { Refusal, runScript } from '../run-script.js';
import { requireSwapApproval, requireWipeApproval } from '../require-approval.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';
import { checkOnLeader, oldServerOf } from './look-before-swap.js';

/** Step 12. The one step that takes the old data out of service; everything that can fail lies before it. */
export async function swapDataDirectory(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const { location } = follower;
  requireWipeApproval(input.approvals, follower);
  if (swapIsAsked(input.config.approval, follower) !== undefined)
    requireSwapApproval(input.approvals, follower);
  // The leader's part of the fingerprint must be fresh: a failover may have happened during the copy.
  await onLeader(input, context, (host) =>
    leaderSql(input, host, (session) => checkOnLeader(input, host, session)),
  );
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = swapScript({
      guard: followerGuard(input, 'swapDataDirectory', swapCommands(follower)),
      fingerprint: followerFingerprint(leader, follower),
      approvedFingerprint: follower.fingerprint,
      mayBegin: mayBegin(input.config.approval.swapWindow, Date.now()),
      hasOldDirectory: follower.hasOldDirectory,
      replacedDirectory: follower.replacedDirectory,
      linked: follower.linked,
      oldLinked: follower.oldLinked,
      unit: location.unit,
      oldServer: oldServerOf(input),
    });
    const { values } = await runScript(host, script).catch((error: unknown) => {
      throw refusedBecause(input, error);
    });
    return {
      changed: values.changed === 'yes',
      evidence: follower.hasOldDirectory
        ? `the old data lies in ${follower.replacedDirectory}`
        : `the copy is at ${location.dataDirectory}`,
      ...(follower.hasOldDirectory ? { summary: { replacedDirectory: follower.replacedDirectory } } : {}),
    };
  });
}

/** Says in full why the script refused: what differs from the approved card, or who is connected. */
export function refusedBecause(input: StepInput, error: unknown): unknown {
  if (!(error instanceof StepFailure) || !(error.cause instanceof Refusal)) return error;
  if (error.problem.code !== 'FOLLOWER_IN_USE') return outdated(input, error);
  const detail = (error.cause.texts.connected ?? '').trim();
  return new StepFailure(
    { ...error.problem, ...(detail === '' ? {} : { detail }), hint: IN_USE_HINT },
    error,
  );
}

const IN_USE_HINT =
  'Disconnect them and `runbook resume`, or resume as it is: where it is still in use, a gate then asks for this very state.';
