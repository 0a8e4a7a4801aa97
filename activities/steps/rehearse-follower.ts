import { randomUUID } from 'node:crypto';
import { claimScript } from '../../planning/commands/follower-files.js';
import { rehearsalLogScript, startRehearsalScript } from '../../planning/commands/rehearsal.js';
import { lsnDiff } from '../../planning/postgres/lsn.js';
import {
  rehearsalFault,
  rehearsalSocketDirectory,
  rehearsalUnit,
} from '../../planning/postgres/rehearsal.js';
import { markerCommands, rehearsalCommands } from '../../planning/step-commands.js';
import type { CopyProgress, StepInput, StepResult } from '../../workflows/contract/activities.js';
import type { FollowerTarget } from '../../workflows/contract/plan.js';
import { followerAddress } from '../address-of.js';
import { awaitReplay, type Replayed } from '../await-replay.js';
import { StepFailure, stepFailure } from '../failures.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';
import { writeMarker } from '../write-marker.js';

/** Nobody queries it, so nothing may hold up its replay for long; and it tries to connect every 5 s. */
const stillMs = (streams: boolean): number => (streams ? 30_000 : 15_000);

/**
 * Step 11. The copy's own server runs beside the old one, which still serves, with the configuration the new one
 * will have. It streams from the leader and replays a marker, and goes on until the swap stops it, so that the
 * slot is used meanwhile. What it fails on would have been found with nothing to fall back on.
 */
export async function rehearseFollower(input: StepInput, context: StepContext): Promise<StepResult> {
  const { follower } = input;
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const { state, changed } = await startUp(input, context, host);
    if (state === 'swapped') return { changed: false, evidence: 'the copy is in place already' };
    const marker = await onLeader(input, context, async (leaderHost) => {
      const commands = markerCommands();
      await runScript(leaderHost, claimScript(followerGuardOnLeader(input, 'rehearseFollower', commands)));
      const written = await leaderSql(input, leaderHost, (session) => writeMarker(session, randomUUID()));
      const socketDirectory = rehearsalSocketDirectory(follower.op.id);
      const pair = { leaderHost, followerHost: host, endpoint: { ...follower.location, socketDirectory } };
      const tell = progressOf(input, context, written);
      await awaitReplay(input, context, pair, written, { tell, stillMs }).catch(async (error: unknown) => {
        throw await failureOf(input, host, error);
      });
      return written;
    });
    return {
      changed,
      evidence: `the copy's server streams beside the old one and has replayed marker ${marker}`,
    };
  });
}

/** Replaying to consistency may take as long as it takes; a server that ended does not come up by itself. */
async function startUp(
  input: StepInput,
  context: StepContext,
  host: Host,
): Promise<{ state: string; changed: boolean }> {
  let changed = false;
  for (;;) {
    const seen = await runScript(host, scriptFor(input));
    changed ||= seen.values.changed === 'yes';
    const { state = '' } = seen.values;
    if (state === 'failed') throw failed(input.follower, seen, 'does not start');
    if (state !== 'starting') return { state, changed };
    context.progress(progress(input, 0, 0));
    await context.sleep(1_000);
  }
}

function scriptFor(input: StepInput): string {
  const { follower, leader } = input;
  const { osUser, binDirectory, configFile, port } = follower.location;
  return startRehearsalScript(followerGuard(input, 'rehearseFollower', rehearsalCommands(follower)), {
    osUser,
    binDirectory,
    configFile,
    port,
    incomingDirectory: follower.incomingDirectory,
    systemIdentifier: leader.identity.systemIdentifier,
  });
}

const failed = ({ name }: FollowerTarget, { text }: ScriptResult, why: string): StepFailure =>
  stepFailure('REHEARSAL_FAILED', name, `the copy's server ${why}: ${rehearsalFault(text('log'))}`, {
    detail: text('log').trim().split('\n').slice(-10).join('\n'),
  });

/** The log of a server that has ended, or that runs and does not follow, says more than any view. */
async function failureOf({ follower }: StepInput, host: Host, error: unknown): Promise<unknown> {
  if (!(error instanceof StepFailure)) return error;
  const { dataDirectory } = follower.location;
  const seen = await runScript(host, rehearsalLogScript(dataDirectory, follower.op.id));
  if (seen.values.running === 'no') return failed(follower, seen, 'ended');
  if (error.problem.code === 'NOT_STREAMING') return failed(follower, seen, 'does not stream');
  return error.problem.code === 'NOT_REPLAYING' ? failed(follower, seen, 'does not replay') : error;
}

/** How far it has come from where it began to the marker. */
function progressOf(input: StepInput, context: StepContext, marker: string): (seen: Replayed) => void {
  let first: string | undefined;
  return ({ replay }) => {
    if (replay === null) return;
    first ??= replay;
    context.progress(progress(input, Number(lsnDiff(replay, first)), Number(lsnDiff(marker, first))));
  };
}

const progress = ({ follower }: StepInput, bytesDone: number, bytesTotal: number): CopyProgress => ({
  phase: 'replaying',
  bytesDone,
  bytesTotal,
  at: new Date().toISOString(),
  job: rehearsalUnit(follower.op.id),
});
