import { swapScript } from '../../planning/commands/swap.js';
import { swapCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { followerGuard } from '../guards.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { StepFailure, stepFailure } from '../failures.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { outdated } from '../outdated.js';
import { Refusal, runScript } from '../run-script.js';
import { requireWipeApproval } from '../require-approval.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from '../survey/follower-fingerprint.js';
import { describeSlot, readSlot } from './ensure-slot.js';

/** Step 12. The one step that takes the old data out of service; everything that can fail lies before it. */
export async function swapDataDirectory(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const { location } = follower;
  requireWipeApproval(input.approvals, follower);
  // The leader's part of the fingerprint must be fresh: a failover may have happened during the copy.
  await onLeader(input, context, (host) =>
    leaderSql(input, host, (session) => checkOnLeader(input, host, session)),
  );
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = swapScript({
      guard: followerGuard(input, 'swapDataDirectory', swapCommands(follower)),
      fingerprint: followerFingerprint(leader, follower),
      approvedFingerprint: follower.fingerprint,
      use: follower.use,
      driftWalBytes: input.config.approval.driftWalBytes,
      hasOldDirectory: follower.hasOldDirectory,
      replacedDirectory: follower.replacedDirectory,
      osUser: location.osUser,
      unit: location.unit,
      socketDirectory: location.socketDirectory,
      port: location.port,
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

/**
 * What only the leader knows: that the copy can still go on from its slot, which may have lost its WAL while
 * a gate waited, and that no commit there waits for the server that is about to be stopped.
 */
async function checkOnLeader({ follower }: StepInput, host: Host, session: SqlSession): Promise<void> {
  if (follower.class === 'copied') return;
  const slot = await readSlot(session, follower.slotName);
  if (slot === undefined)
    throw stepFailure(
      'SLOT_LOST',
      host.name,
      `slot ${follower.slotName} is gone, and with it the WAL the copy needs`,
      {
        hint: 'Find out who dropped it. Then abort, and start again.',
      },
    );
  describeSlot(host, follower.slotName, slot);
  const waiting = await session.query<{ name: string }>(
    `select application_name as name from pg_stat_replication
      where sync_state in ('sync', 'quorum') and client_addr = $1::inet`,
    [follower.clientAddress],
  );
  if (waiting.length > 0)
    throw stepFailure('FOLLOWER_IN_USE', follower.name, `it is a synchronous standby of ${host.name}`, {
      detail: `Commits there would wait for ${waiting.map(({ name }) => name).join(', ')}.`,
      hint: 'Take it out of synchronous_standby_names, then `runbook resume`.',
    });
}

/** Says in full why the script refused: what differs from the approved card, or who is connected. */
function refusedBecause(input: StepInput, error: unknown): unknown {
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
